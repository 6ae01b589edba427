"""The service-order desk: what it adds to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal import desks, hooks
from portal.accounts.limits import Limit
from portal.permissions import ADMINISTRATION, HELP_DESK, all_of, may_work
from portal.reminders.registry import Watch
from portal.vault.sealed import SealedField
from tickets.models import Department, Mailbox, Member, SlaTarget, Topic
from tickets.models.tickets import SERVICE, VIEW, VIEW_ALL
from tickets.services import mailboxes
from tickets.services.documents import take_up_contested, take_up_question
from tickets.services.forgetting import RETYPED, TYPED, forget_person
from tickets.services.personal import personal_orders
from tickets.views import cards, finding
from tickets.views.about import orders_about
from tickets.views.lists import count_of
from tickets.views.reports import REPORT

MAIL = "tickets.change_incomingmail"
# What agents do: see, answer, register by phone, look at mail, keep canned answers.
AGENT = [
    VIEW,
    "tickets.add_ticket",
    "tickets.change_ticket",
    "tickets.view_incomingmail",
    MAIL,
    *all_of("tickets", "cannedreply"),
]
SETTINGS = all_of(
    "tickets", "department", "member", "slatarget", "closedday", "topic", "topicfield", "mailbox"
)  # fmt: skip
GROUPS = {
    HELP_DESK: AGENT,
    ADMINISTRATION: [
        *AGENT, *SETTINGS, VIEW_ALL, REPORT, "tickets.view_removedticket",
    ],
}  # fmt: skip
REGISTRATION = MANUAL = "ordem-de-servico"
STATUS = desks.Link(
    label=_("Check the status of a service order"), url_name="tickets:home", order=30
)


def _mails(request: HttpRequest) -> bool:
    return may_work(request, MAIL)


def _is_client(request: HttpRequest) -> bool:
    return not request.user.is_staff


def _answers(request: HttpRequest) -> bool:
    return may_work(request, VIEW)


def _reports(request: HttpRequest) -> bool:
    return may_work(request, REPORT)


def _ways_to_departments(request: HttpRequest) -> dict[int, desks.ContactWay]:
    """To open an order at the department of a contact desk, by who may."""
    if request.user.is_staff:
        return {}
    offered = Topic.objects.filter(is_active=True, is_public=True, department__is_active=True)
    places = offered.order_by().values_list("department__desk", "department").distinct()
    page = reverse("tickets:open")
    label = _("Open a service order here")
    return {
        contact: desks.ContactWay(label=label, url=f"{page}#departamento-{pk}", icon="ticket")
        for contact, pk in places
    }


desks.register(
    desks.Desk(
        name="tickets",
        label=_("Service orders"),
        order=30,
        urls="tickets.urls",
        nav=[
            desks.NavItem(
                _("Service orders"), "tickets:list", "ticket", "client", 40, _is_client, count_of
            ),
            desks.NavItem(
                _("Queue of service orders"), "tickets:queue", "ticket", "staff", 54, _answers
            ),
            desks.NavItem(
                _("Reports of service orders"), "tickets:reports", "list", "staff", 55, _reports
            ),
            desks.NavItem(
                _("Mail that is in no order"), "tickets:mails", "envelope", "staff", 56, _mails
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
        search=[
            desks.SearchSource(
                label=_("Service orders"), icon="ticket", order=20, find=finding.find,
                list_url=finding.list_url, visible=finding.may_find,
            )
        ],
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
        watches=[
            Watch(
                name="mailbox-secrets", label=_("Secrets of mailboxes"), due=mailboxes.secrets_due,
                recipients=mailboxes.told_of_secrets, visible_to=mailboxes.secrets_visible_to,
                staff_permission=mailboxes.CHANGE, list_url="admin:tickets_mailbox_changelist",
                is_staffs=True,
            )
        ],
        files=("tickets.Attachment.file_key", "tickets.IncomingMail.file_key"),
        groups=GROUPS,
        cards=[cards.client_card, cards.agent_card],
        on_erasure=[forget_person],
        typed=TYPED,
        retyped=RETYPED,
        kept_on_erasure=[
            _(
                "Service orders with their number, topic, dates and rating, for the figures: without "
                "your name and contacts and, where the order was yours alone, without what you wrote."
            ),
            _(
                "What was written in orders that were opened for a company, without your name: it "
                "belongs to the company. Files and e-mails that others sent, too."
            ),
        ],
        personal_data={gettext_noop("Service orders"): personal_orders},
        first_steps=[
            desks.FirstStep(
                label=_("Departments of service orders"), order=70,
                text=_(
                    "Who answers: each department is a contact desk, with its working hours, the "
                    "times it promises and, if it takes orders by e-mail, its mailbox."
                ),
                url_name="admin:tickets_department_changelist",
                permission="tickets.add_department",
                is_done=Department.objects.filter(is_active=True).exists,
            ),
            desks.FirstStep(
                label=_("Promised times"), order=71,
                text=_("In how much working time orders are answered and resolved, by priority."),
                url_name="admin:tickets_department_changelist",
                permission="tickets.change_department",
                is_done=SlaTarget.objects.filter(department__is_active=True).exists,
            ),
            desks.FirstStep(
                label=_("Agents of the departments"), order=72,
                text=_("Staff who answer service orders: members of a department."),
                url_name="admin:tickets_department_changelist",
                permission="tickets.change_department",
                is_done=Member.objects.filter(user__is_active=True).exists,
            ),
            desks.FirstStep(
                label=_("Topics of service orders"), order=73,
                text=_("What clients may ask for, and what each topic wants to know."),
                url_name="admin:tickets_topic_changelist", permission="tickets.add_topic",
                is_done=Topic.objects.filter(is_active=True).exists,
            ),
        ],
        hooks={
            hooks.DocumentContested: [take_up_contested],
            hooks.DocumentAsked: [take_up_question],
        },
        about=[orders_about],
        audit_words={
            "ticket.opened": _("Opened a service order again"),
            "ticket.closed": _("Closed a service order"),
            "ticket.exported": _("Downloaded a list of service orders"),
            "ticket.spam": _("Marked a service order as spam"),
            "tickets.removed": _("Removed service orders past their retention"),
            "department.created": _("Added a department"),
            "department.changed": _("Changed a department"),
            "department.deleted": _("Deleted a department"),
            "member.created": _("Added an agent to a department"),
            "member.changed": _("Changed an agent of a department"),
            "member.deleted": _("Took an agent out of a department"),
            "slatarget.created": _("Added a promised time"),
            "slatarget.changed": _("Changed a promised time"),
            "slatarget.deleted": _("Deleted a promised time"),
            "closedday.created": _("Added a closed day"),
            "closedday.changed": _("Changed a closed day"),
            "closedday.deleted": _("Deleted a closed day"),
            "topic.created": _("Added a topic of service orders"),
            "topic.changed": _("Changed a topic of service orders"),
            "topic.deleted": _("Deleted a topic of service orders"),
            "topicfield.created": _("Added a field to a topic"),
            "topicfield.changed": _("Changed a field of a topic"),
            "topicfield.deleted": _("Deleted a field of a topic"),
            "mailbox.added": _("Added a mailbox"),
            "mailbox.changed": _("Changed a mailbox"),
            "mailbox.paused": _("Paused a mailbox"),
            "mailbox.resumed": _("Resumed a mailbox"),
        },
        job_words={
            "tickets.reckon_clocks": _("Reckon promised times anew"),
            "tickets.send_status_link": _("Mail the link to a service order"),
            "tickets.tell_merged": _("Tell clients that their service orders were merged"),
            "tickets.take_mail": _("Take a mail into the service orders"),
            "tickets.test_mailbox": _("Test a mailbox"),
        },
        beat={
            "tickets-silence": {
                "task": "tickets.tasks.close_silent", "schedule": crontab(minute="*/10"),
            },
            "tickets-unconfirmed": {
                "task": "tickets.tasks.forget_unconfirmed", "schedule": crontab(minute=25),
            },
            "tickets-exits": {
                "task": "tickets.tasks.clear_exits", "schedule": crontab(minute="*/5"),
            },
            "tickets-retention": {
                "task": "tickets.tasks.remove_old", "schedule": crontab(hour=3, minute=35),
            },
            "tickets-daily": {
                "task": "tickets.tasks.tell_agents_daily",
                "schedule": crontab(hour=7, minute=20),
            },
            # Each hour, so that today's figures are not yesterday's; a minute that nothing else has.
            "tickets-count-day": {
                "task": "tickets.tasks.count_day", "schedule": crontab(minute=23),
            },
            "tickets-mailboxes": {"task": "tickets.tasks.poll_mailboxes", "schedule": 60.0},
            "tickets-waiting-mail": {
                "task": "tickets.tasks.take_waiting", "schedule": crontab(minute="7,37"),
            },
        },
        limits={
            "ticket-status": Limit(10, 3600),
            "ticket-status-mail": Limit(3, 3600, strict=True),
            "ticket-open-stranger": Limit(10, 3600),
            "ticket-confirm-mail": Limit(3, 3600, strict=True),
            "ticket-open": Limit(30, 3600),
            "ticket-reply": Limit(30, 3600),
            # Forms that were refused and whose files were kept for a day.
            "ticket-files-kept": Limit(20, 3600, strict=True),
            "ticket-files-kept-stranger": Limit(5, 3600, strict=True),
            "ticket-files-kept-strangers": Limit(60, 3600, strict=True),  # of all strangers
            "ticket-copy": Limit(30, 3600),
            "ticket-pdf": Limit(60, 3600),
        },
        contact_ways=[_ways_to_departments],
        help=desks.Manual(
            slug=MANUAL,
            title=_("Service order system"),
            text=_("How to open a service order, look it up, follow it and answer, with or without an account."),
        ),
        demo="tickets.demo",
    )
)  # fmt: skip
