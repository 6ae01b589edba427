"""The states of a service order, and what clients read for each."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketStatus(models.TextChoices):
    UNCONFIRMED = "unconfirmed", _("Waiting for confirmation")
    NEW = "new", pgettext_lazy("service order", "New")
    OPEN = "open", pgettext_lazy("service order", "Open")
    WAITING_CLIENT = "waiting_client", _("Waiting for the client")
    WAITING_AGENT = "waiting_agent", _("Waiting for an answer")
    RESOLVED = "resolved", pgettext_lazy("service order", "Resolved")
    CLOSED = "closed", pgettext_lazy("service order", "Closed")
    SPAM = "spam", _("Spam")


UNFINISHED = [
    TicketStatus.NEW,
    TicketStatus.OPEN,
    TicketStatus.WAITING_AGENT,
    TicketStatus.WAITING_CLIENT,
]
# Those whose clock runs: it stops while the client has to answer.
RUNNING = [TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.WAITING_AGENT]


class ClientStatus(models.TextChoices):
    """What clients read: one word for each state, and no words of queues."""

    UNCONFIRMED = "unconfirmed", _("Waiting for confirmation")
    OPEN = "open", pgettext_lazy("service order", "Open")
    IN_SERVICE = "in_service", _("Being attended")
    WAITING = "waiting", _("Waiting for you")
    RESOLVED = "resolved", pgettext_lazy("service order", "Resolved")
    CLOSED = "closed", pgettext_lazy("service order", "Closed")

    @property
    def tone(self) -> str:
        """Of its badge."""
        tones = {"open": "info", "in_service": "wait", "waiting": "warn", "resolved": "ok"}
        return tones.get(self.value, "muted")

    @property
    def statuses(self) -> list[TicketStatus]:
        """The states for which it stands."""
        return [status for status, word in CLIENT_STATUS.items() if word is self]


CLIENT_STATUS = {
    TicketStatus.UNCONFIRMED: ClientStatus.UNCONFIRMED,
    TicketStatus.NEW: ClientStatus.OPEN,
    TicketStatus.OPEN: ClientStatus.IN_SERVICE,
    TicketStatus.WAITING_AGENT: ClientStatus.IN_SERVICE,
    TicketStatus.WAITING_CLIENT: ClientStatus.WAITING,
    TicketStatus.RESOLVED: ClientStatus.RESOLVED,
    TicketStatus.CLOSED: ClientStatus.CLOSED,
    TicketStatus.SPAM: ClientStatus.CLOSED,
}
