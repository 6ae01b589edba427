"""The dossier: what agents ask for, what clients hand in, and how long its files stay.

A file's hash, and who handed it in when, stay when the file itself is removed.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from orders.models import Order, OrderDocument, Pendency
from orders.services import life
from orders.services.life import NotPossible, note_event
from portal.accounts.models import User
from portal.files.services import Stored, claim, delete_later

Status = Order.Status
# In these an order's dossier still takes documents.
TAKES = (
    Status.INCOMPLETE, Status.AWAITING_PAYMENT, Status.AWAITING_AUTHORIZATION, Status.PAYMENT_REVIEW,
    Status.AWAITING_APPOINTMENT, Status.AWAITING_VALIDATION, Status.PENDING_DOCUMENTS,
    Status.AWAITING_VERIFICATION, Status.APPROVED, Status.ISSUING, Status.ISSUED, Status.DELIVERED,
)  # fmt: skip


class AlreadyThere(NotPossible):
    """The same file is in this dossier already."""


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A file that was stored, and what it is: ``kind`` in words ("RG", "Termo de titularidade")."""

    kind: str
    name: str
    stored: Stored
    pendency: Pendency | None = None


def ask(order: Order, text: str, *, by: User, at: datetime) -> Pendency:
    """Note what is missing; the act that calls this moves the order."""
    return Pendency.objects.create(order=order, text=text, asked_by=by, asked_at=at)


def open_pendencies(order: Order) -> list[Pendency]:
    """What the client still has to answer, or an agent to look at."""
    return list(order.pendencies.filter(closed_at=None))


def close_all(order: Order, *, at: datetime) -> None:
    order.pendencies.filter(closed_at=None).update(closed_at=at)


@transaction.atomic
def answer(
    pendency: Pendency, text: str, *, by: User | None, at: datetime,
    documents: list[NewDocument] | None = None,
) -> bool:  # fmt: skip
    """The client answers one pendency, in words, with files, or both. Once no other waits for an
    answer, the order is validated again: True then. Raises NotPossible, AlreadyThere.
    """
    order = pendency.order
    life.lock(order)
    open_ones = Pendency.objects.filter(closed_at=None, order=order)
    if not open_ones.filter(pk=pendency.pk, answered_at=None).update(answer=text, answered_at=at):
        raise NotPossible(_("This was answered already."))
    for document in documents or []:
        add_document(order, document, by=by, at=at)
    note_event(order, "answered", by=by, at=at, note=text)
    if order.status != Status.PENDING_DOCUMENTS or open_ones.filter(answered_at=None).exists():
        return False
    life.back_to_validation(order, by=by, at=at, is_told=False)
    return True


@transaction.atomic
def add_document(order: Order, new: NewDocument, *, by: User | None, at: datetime) -> OrderDocument:
    """Put a stored file into the dossier. The same bytes twice are one document: AlreadyThere."""
    if order.status not in TAKES:
        raise NotPossible(_("This order has ended: its dossier takes no more documents."))
    try:
        with transaction.atomic():
            document = OrderDocument.objects.create(
                order=order, pendency=new.pendency, kind=new.kind, name=new.name,
                file_key=new.stored.key, content_type=new.stored.content_type,
                size=new.stored.size, sha256=new.stored.sha256, added_by=by, added_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise AlreadyThere(
            _("The file “%(name)s” is in the dossier already.") % {"name": new.name}
        ) from None
    claim(new.stored.key)
    note_event(order, "document", by=by, at=at, note=new.kind)
    return document


def remove_file(document: OrderDocument) -> None:
    """The file goes, the row stays: its hash, and who handed it in when. In a transaction."""
    if document.file_key:
        delete_later(document.file_key)
        OrderDocument.objects.filter(pk=document.pk).update(file_key="")
        document.file_key = ""
