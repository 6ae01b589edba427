"""Mail to the payer about fiscal notes. It waits a few minutes, so that undoing tells nobody."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from orders.models import FiscalNote, NoteEvent, Order
from orders.models.notes import CANCELLING, SUBSTITUTING
from portal.outbox.models import Entry
from portal.outbox.services import cancel_mail, enqueue_mail


def came(note: FiscalNote, *, at: datetime) -> None:
    """A note came for an order of theirs."""
    if note.order is not None and note.standing == FiscalNote.Standing.VALID:
        _mail(note.order, note, "came", key=_came_key(note), at=at)


def changed(event: NoteEvent, *, at: datetime) -> None:
    """A note that they have was cancelled or substituted; other events change nothing for them."""
    note = event.note
    if note is None or note.order is None or event.code not in (*CANCELLING, *SUBSTITUTING):
        return
    untold = cancel_mail([_came_key(note)], at=at)
    if not untold:
        _mail(note.order, note, "ended", key=f"note-event:{event.pk}", at=at, event=event)


def take_back(notes: Collection[FiscalNote], *, at: datetime) -> None:
    """Notes are an order's no more: mails that wait are taken back, who was told gets a correction."""
    keys = {_came_key(note): note for note in notes}
    untold = cancel_mail(list(keys), at=at)
    told = set(
        Entry.objects.filter(key__in=keys).exclude(status=Entry.Status.FAILED)
        .values_list("key", flat=True)
    )  # fmt: skip
    for key in told - untold:
        note = keys[key]
        if note.order is not None:
            _mail(note.order, note, "withdrawn", key=f"{key}:{at.timestamp():.0f}", at=at)


def address_of(order: Order) -> tuple[str, str]:
    """Address and name of who is told: the payer, else the holder."""
    if order.payer is not None and order.payer.email:
        return order.payer.email, order.payer.name
    return order.holder_email, order.holder_name


def _came_key(note: FiscalNote) -> str:
    """One mail each time that a note comes to an order."""
    return f"note:{note.pk}:{note.order_id}:{note.tied_at:%Y%m%d%H%M%S}"


def _mail(
    order: Order, note: FiscalNote, template: str, *, key: str, at: datetime,
    event: NoteEvent | None = None,
) -> None:  # fmt: skip
    address, name = address_of(order)
    enqueue_mail(
        to=address, template=f"orders/notes/mail/{template}",
        context={
            "name": name, "note": note, "order": order, "event": event,
            "link": settings.BASE_URL + reverse("orders:notes", args=[order.number]),
        },
        key=key, at=at + timedelta(minutes=settings.BATCH_MAIL_MINUTES),
        about=[pk for pk in (order.holder_id, order.responsible_id) if pk],
    )  # fmt: skip
