"""Login with a digital certificate: what it adds to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certificates.entrance import addresses
from certificates.entrance.models import Ticket
from portal import desks
from portal.accounts.limits import Limit
from portal.vault.sealed import SealedField


def _is_offered(request: HttpRequest) -> bool:
    """To strangers, where the entrance has an address."""
    return addresses.offered() and not request.user.is_authenticated


desks.register(
    desks.Desk(
        name="entrance",
        label=_("Certificate login"),
        order=62,
        urls="certificates.entrance.urls",
        sitemap=[
            desks.Link(label=_("Test my certificate"), url_name="entrance:self_test", order=60),
            desks.Link(
                label=_("With a digital certificate"),
                url_name="entrance:start",
                order=92,
                visible=_is_offered,
            ),
        ],
        sealed=[SealedField(Ticket, "sealed")],
        audit_words={
            "entrance.refused": _("Refused a certificate at the entrance"),
            "entrance.ticket_refused": _("Refused a return from the certificate entrance"),
        },
        # Of an address: an office behind one signs in.
        limits={
            "certificate-start": Limit(300, 600),
            "certificate-entrance": Limit(600, 600),
            "certificate-return": Limit(300, 600),
            "certificate-test": Limit(30, 600),
        },
        beat={
            "entrance-housekeeping": {
                "task": "certificates.entrance.tasks.housekeeping",
                "schedule": crontab(minute=50),
            },
        },
    )
)
