"""The holder of an order that is not confirmed yet: what was typed wrongly is corrected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.models import Order
from orders.services import life, renewing
from orders.services.life import NotPossible, note_event, refuse_unless
from orders.services.matching import company_in_portal, match_order
from orders.services.ordering import company_of, set_place_of
from portal.accounts.models import User
from portal.audit.services import record

TAX_IDS = ("holder_cpf", "company_cnpj")
FIELDS = (
    "holder_name", "holder_cpf", "holder_email", "holder_phone", "holder_born_on", "company_name",
    "company_cnpj",
)  # fmt: skip
_WHOSE = {"holder_cpf", "holder_email"}


@transaction.atomic
def correct(
    order: Order,
    values: Mapping[str, Any],
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> bool:
    """Correct the fields of ``FIELDS`` that differ. Whether any did.

    Whose account the order is in follows from the new CPF and e-mail. Raises NotPossible once the
    order is confirmed, and for CPF and CNPJ once anything was charged.
    """
    life.lock(order)
    refuse_unless(order.holder_can_be_corrected)
    changed = [name for name in FIELDS if name in values and values[name] != getattr(order, name)]
    if not order.tax_ids_can_be_corrected and set(changed) & set(TAX_IDS):
        raise NotPossible(_("This order was charged already: CPF and CNPJ stay as they are."))
    if not changed:
        return False
    for name in changed:
        setattr(order, name, values[name])
    if _WHOSE & set(changed):
        _find_owner(order)
    if "company_cnpj" in changed:
        cnpj = order.company_cnpj
        order.company = company_in_portal(cnpj) if by.is_staff else company_of(cnpj, by, at)
    order.save()
    renewing.release(order, by=by, at=at)  # what was confirmed is no longer what the order says
    labels = [str(field.verbose_name) for field in Order._meta.fields if field.name in changed]
    note_event(order, "corrected", by=by, at=at, note=", ".join(labels))
    record(
        "order.corrected", target=order, company=order.audit_company, actor=by, request=request,
        at=at, data={"fields": changed},
    )  # fmt: skip
    match_order(order, at=at)
    return True


def _find_owner(order: Order) -> None:
    """The client who ordered it has their place anew; others are found by what they have proven."""
    if order.created_by and not order.created_by.is_staff:
        set_place_of(order.created_by, order)
    else:
        order.holder = None
