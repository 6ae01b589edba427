"""Erasure of a person (LGPD): orders stay for the figures, without who it was.

The files of their dossiers go at once; their hashes, and who handed them in when, stay. An order
that has not ended cannot go on without its holder: it is cancelled. Of who was chosen to pay, only
who was charged stays, with the books.
"""

from contextlib import suppress

from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import (
    Emission,
    Order,
    OrderBatch,
    OrderBatchRow,
    OrderDocument,
    OrderEvent,
    Pendency,
    Renewal,
)
from orders.services import acts, telling
from orders.services.dossier import remove_file
from orders.services.life import NotPossible
from orders.services.personal import addressed, orders_as
from portal.accounts.models import User
from portal.accounts.services.mentions import nobody
from portal.payments.models import Payer
from portal.payments.services.payers import drop_unused
from portal.transitions import IllegalTransition

# What anybody typed or wrote.
TYPED: dict[type[Model], tuple[str, ...]] = {
    Order: ("holder_name", "company_name", "responsible_name", "refund_note"),
    OrderEvent: ("note",),
    OrderDocument: ("kind", "name"),
    Pendency: ("text", "answer"),
    OrderBatch: ("name", "problem"),
    Emission: ("reason",),
    OrderBatchRow: ("values", "errors"),
}


def forget_person(user: User) -> None:
    """Take the person out of the orders; see above."""
    of_holder = list(orders_as(user, "holder").values_list("pk", flat=True))
    _cancel_open(of_holder)
    for document in OrderDocument.objects.filter(order__in=of_holder).exclude(file_key=""):
        remove_file(document)
    _forget_payers(of_holder, user)
    name = nobody()
    OrderDocument.objects.filter(order__in=of_holder).update(name=_("file"))
    Pendency.objects.filter(order__in=of_holder).update(answer="")
    OrderEvent.objects.filter(order__in=of_holder, kind="answered").update(note="")
    _forget_renewals(of_holder)
    Order.objects.filter(pk__in=of_holder).update(
        holder=None, holder_name=name, holder_cpf="", holder_email="", holder_phone="",
        holder_born_on=None,
    )  # fmt: skip
    lent = addressed(user).filter(responsible_email=(user.email or "").lower())
    # Without a CPF the e-mail alone says who is responsible; another's CPF is another person.
    answered = orders_as(user, "responsible") | lent.filter(responsible_cpf="")
    answered.update(
        responsible=None, responsible_name=name, responsible_cpf="", responsible_email=""
    )
    lent.update(responsible_email="")


def _forget_renewals(keys: list[int]) -> None:
    """What was asked, signed and issued names the person; hashes, means and times stay. A request
    that the authority has stays until it is answered."""
    Renewal.objects.filter(order__in=keys).update(record=b"", signature=None)
    emissions = Emission.objects.filter(order__in=keys)
    emissions.update(chain=[], screen_sealed=None)
    emissions.exclude(closed_at=None).update(csr=None)


def _forget_payers(keys: list[int], user: User) -> None:
    never_charged = Payer.objects.filter(charges=None, slips=None)
    theirs = Q(pk__in=keys)
    if user.cpf and user.cpf_proof:
        theirs |= Q(payer__tax_id=user.cpf)
    for order in Order.objects.filter(theirs, payer__in=never_charged).select_related("payer"):
        payer, order.payer = order.payer, None
        order.save(update_fields=["payer"])
        drop_unused(payer)


def _cancel_open(keys: list[int]) -> None:
    note = _("The holder asked for the erasure of their data.")
    with telling.silently():
        for order in Order.objects.filter(pk__in=keys):
            with suppress(IllegalTransition, NotPossible):  # it has ended, or is being issued
                acts.cancel(order, by=None, at=timezone.now(), note=note)
