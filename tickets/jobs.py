"""Jobs of service orders: thin entries that call services."""

from django.utils import timezone

from portal.outbox.registry import job
from portal.outbox.services import enqueue_job
from tickets.models import IncomingMail
from tickets.services import incoming, sla, status
from tickets.services.numbers import Number


@job("tickets.send_status_link", atomic=True)
def send_status_link(*, email: str, number: str, counter: int) -> None:
    """Mail the link that was asked for, if this address takes part in such an order."""
    status.send_link(email, Number(number, counter), at=timezone.now())


@job("tickets.take_mail")
def take_mail(*, mail: int) -> None:
    """Put one kept mail where it belongs; a busy sandbox is asked again."""
    if row := IncomingMail.objects.select_related("mailbox__department").filter(pk=mail).first():
        incoming.take(row, at=timezone.now())


@job("tickets.reckon_clocks", atomic=True)
def reckon_clocks(*, department: int | None, after: int) -> None:
    """Reckon promised times anew, a part at a time; the next part is a job of its own."""
    now = timezone.now()
    if last := sla.reckon_chunk(department, after=after, at=now):
        key = f"reckon-clocks:{department}:{last}:{now.isoformat()}"
        enqueue_job("tickets.reckon_clocks", key=key, department=department, after=last)
