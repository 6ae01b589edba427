"""Jobs of service orders: thin entries that call services."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.outbox.registry import job
from portal.outbox.services import enqueue_job
from tickets.models import IncomingMail, Mailbox, Ticket
from tickets.services import incoming, mailboxes, merging, sla, status
from tickets.services.numbers import Number


@job("tickets.send_status_link", atomic=True)
def send_status_link(*, email: str, number: str, counter: int) -> None:
    """Mail the link that was asked for, if this address takes part in such an order."""
    status.send_link(email, Number(number, counter), at=timezone.now())


@job("tickets.tell_merged", atomic=True)
def tell_merged(*, ticket: int, merged_at: str) -> None:
    """Tell the clients of what was merged into an order at that time, in one mail to each."""
    if into := Ticket.objects.filter(pk=ticket).first():
        merging.tell(into, merged_at=datetime.fromisoformat(merged_at), at=timezone.now())


def _not_taken(*, mail: int, **_how: bool) -> None:
    """Nothing more is tried by itself: staff see it among what could not be read."""
    row = IncomingMail.objects.filter(pk=mail, status=IncomingMail.Status.WAITING).first()
    if row:
        incoming.give_up(
            row, _("It could not be put into an order; try it again."), at=timezone.now()
        )


@job("tickets.take_mail", attempts=8, gave_up=_not_taken)
def take_mail(*, mail: int, as_person: bool = False) -> None:
    """Put one kept mail where it belongs; a busy sandbox is asked again."""
    if row := IncomingMail.objects.select_related("mailbox__department").filter(pk=mail).first():
        incoming.take(row, at=timezone.now(), as_person=as_person)


@job("tickets.reckon_clocks", atomic=True)
def reckon_clocks(*, department: int | None, after: int) -> None:
    """Reckon promised times anew, a part at a time; the next part is a job of its own."""
    now = timezone.now()
    if last := sla.reckon_chunk(department, after=after, at=now):
        key = f"reckon-clocks:{department}:{last}:{now.isoformat()}"
        enqueue_job("tickets.reckon_clocks", key=key, department=department, after=last)


@job("tickets.test_mailbox", attempts=1)
def test_mailbox(*, mailbox: int) -> None:
    """Sign in to a mailbox and look at its folders; what was found stands on its row."""
    if box := Mailbox.objects.filter(pk=mailbox).first():
        mailboxes.test(box, at=timezone.now())
