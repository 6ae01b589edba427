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
    return addresses.is_offered() and not request.user.is_authenticated


HELP = desks.Link(
    label=_("Digital certificate"), url_name="entrance:help", icon="shield-check", order=30
)

desks.register(
    desks.Desk(
        name="entrance",
        label=_("Certificate login"),
        order=62,
        urls="certificates.entrance.urls",
        front=[
            desks.Door(
                title=_("Online service"),
                text=_("With an e-CPF or e-CNPJ of ICP-Brasil, without any registration."),
                icon="shield-lock",
                order=40,
                points=[
                    _("Choose the CNPJ or state registration tied to your e-CNPJ"),
                    _("Give access to employees and to the accountant"),
                    _("Follow when your certificates expire"),
                ],
                links=[
                    desks.Link(
                        label=_("With a digital certificate"),
                        url_name="entrance:start",
                        icon="usb-drive",
                    ),
                    desks.Link(label=_("Test my certificate"), url_name="entrance:self_test"),
                    desks.Link(label=_("Questions and answers"), url_name="entrance:help"),
                ],
                visible=lambda _request: addresses.is_offered(),
            )
        ],
        sign_in=[
            desks.SignIn(
                label=_("With a digital certificate"),
                text=_("e-CPF or e-CNPJ of ICP-Brasil. No registration is needed."),
                url_name="entrance:start",
                help_url_name="entrance:help",
                icon="usb-drive",
                offered=addresses.is_offered,
            )
        ],
        help=desks.Manual(
            slug="certificado-digital",
            title=_("Digital certificate"),
            text=_(
                "How to enter with an e-CPF or e-CNPJ, prepare the computer and read the errors."
            ),
            url_name="entrance:help",
        ),
        contact=[HELP],
        footer=[HELP],
        sitemap=[
            HELP,
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
