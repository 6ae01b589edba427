"""The service-order desk: what it adds to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.vault.sealed import SealedField
from tickets.models import Mailbox
from tickets.models.tickets import SERVICE

desks.register(
    desks.Desk(
        name="tickets",
        label=_("Service orders"),
        order=30,
        urls="tickets.urls",
        sealed=[SealedField(Mailbox, "sealed")],
        files=("tickets.Attachment.file_key", "tickets.IncomingMail.file_key"),
        services=[
            desks.Service(
                name=SERVICE, label=_("Service orders"),
                operate=_("opens and answers service orders for the company"),
            )
        ],
        audit_words={
            "ticket.opened": _("Opened a service order again"),
            "ticket.closed": _("Closed a service order"),
            "ticket.spam": _("Marked a service order as spam"),
        },
    )
)  # fmt: skip
