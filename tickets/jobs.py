"""Jobs of service orders: thin entries that call services."""

from django.utils import timezone

from portal.outbox.registry import job
from tickets.models import IncomingMail
from tickets.services import incoming, status
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
