"""The service-order desk: what it adds to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.limits import Limit
from portal.accounts.scope import scope_of
from portal.permissions import may_work
from portal.vault.sealed import SealedField
from tickets.models import Mailbox, Ticket
from tickets.models.tickets import SERVICE
from tickets.views.reports import REPORT

REGISTRATION = "ordem-de-servico"
STATUS = desks.Link(
    label=_("Check the status of a service order"), url_name="tickets:home", order=30
)


def _is_client(request: HttpRequest) -> bool:
    return not request.user.is_staff


def _reports(request: HttpRequest) -> bool:
    return may_work(request, REPORT)


def _orders_of(request: HttpRequest) -> int:
    """How many orders the list behind the menu has."""
    return Ticket.objects.visible_to(scope_of(request).user, at=timezone.now()).count()


desks.register(
    desks.Desk(
        name="tickets",
        label=_("Service orders"),
        order=30,
        urls="tickets.urls",
        nav=[
            desks.NavItem(
                _("Service orders"), "tickets:list", "ticket", "client", 40, _is_client, _orders_of
            ),
            desks.NavItem(
                _("Reports of service orders"), "tickets:reports", "list", "staff", 55, _reports
            ),
        ],
        front=[
            desks.Door(
                title=_("Service order"),
                text=_("Ask for service by web, phone or e-mail, and follow the answer by one number."),
                icon="ticket",
                order=30,
                points=[
                    _("Open a service order, with files"),
                    _("Check its status by a link that we mail to you"),
                    _("Answer, and say how it was"),
                ],
                links=[
                    desks.Link(label=_("Service orders"), url_name="tickets:home", icon="ticket"),
                    desks.Link(label=_("Open a service order"), url_name="tickets:open"),
                    desks.Link(
                        label=_("Register"), url_name="accounts:register", args=[REGISTRATION]
                    ),
                ],
            )
        ],
        sitemap=[STATUS],
        contact=[desks.Link(label=_("Open a service order"), url_name="tickets:open", icon="ticket")],
        services=[
            desks.Service(
                name=SERVICE, label=_("Service orders"),
                operate=_("opens and answers service orders for the company"),
            )
        ],
        registration=desks.Registration(
            slug=REGISTRATION, form="tickets.forms.registration.ContactForm",
            title=_("Account registration"),
            intro=_("Use the forms below to create or update the information of your account"),
            confirmed="tickets/registered.html",
        ),
        sealed=[SealedField(Mailbox, "sealed")],
        files=("tickets.Attachment.file_key", "tickets.IncomingMail.file_key"),
        audit_words={
            "ticket.opened": _("Opened a service order again"),
            "ticket.closed": _("Closed a service order"),
            "ticket.exported": _("Downloaded a list of service orders"),
            "ticket.spam": _("Marked a service order as spam"),
        },
        job_words={
            "tickets.send_status_link": _("Mail the link to a service order"),
            "tickets.take_mail": _("Take a mail into the service orders"),
        },
        beat={
            "tickets-daily": {
                "task": "tickets.tasks.tell_agents_daily",
                "schedule": crontab(hour=7, minute=20),
            },
            # Each hour, so that today's figures are not yesterday's; a minute that nothing else has.
            "tickets-count-day": {
                "task": "tickets.tasks.count_day", "schedule": crontab(minute=23),
            },
        },
        limits={
            "ticket-status": Limit(10, 3600),
            "ticket-status-mail": Limit(3, 3600, strict=True),
            "ticket-open-stranger": Limit(10, 3600),
            "ticket-confirm-mail": Limit(3, 3600, strict=True),
            "ticket-open": Limit(30, 3600),
            "ticket-reply": Limit(30, 3600),
            "ticket-copy": Limit(30, 3600),
        },
        demo="tickets.demo",
    )
)  # fmt: skip
