"""Service orders, and who sees them."""

from datetime import datetime
from typing import Any, Self, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Company, Grant, Unit
from portal.accounts.visits import Visit
from tickets.models.departments import Department, Priority, member_of
from tickets.models.participants import Participant
from tickets.models.states import CLIENT_STATUS, UNFINISHED, ClientStatus, TicketStatus
from tickets.models.topics import Topic

SERVICE = "tickets"  # that a grant must open
VIEW = "tickets.view_ticket"
ACT = (VIEW, "tickets.change_ticket")  # what agents need who change orders
VIEW_ALL = "tickets.view_every_ticket"


def may_see_all(user: Any) -> bool:
    """Whether this is staff who see the orders of every department."""
    return bool(user.is_authenticated and user.is_staff and user.has_perm(VIEW_ALL))


class NumberCounter(models.Model):
    """The last number given in a year. Taken in the transaction of the order that gets it."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(
        self, user: Any, *, at: datetime | None = None, visit: Visit | None = None
    ) -> Self:
        """The orders that this person may see: one rule for lists, pages, search and files.

        A guest: the one of the visit, while its address takes part. A client: those in which the
        person takes part, and those of companies that the person administers where the topic says
        so. An agent: those of their departments and what is assigned to them; with
        ``tickets.view_every_ticket`` all. Nobody but staff sees spam or what is not confirmed.
        """
        if visit is not None:
            mine = Participant.objects.in_force().filter(email=visit.email)
            found = self.filter(pk__in=visit.keys(self.model))
            return found.filter(pk__in=mine.values("ticket")).for_clients()
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_staff:
            return self._for_agent(user)
        return self._for_client(user, at or timezone.now()).for_clients()

    def for_clients(self) -> Self:
        """Without spam and what waits for its confirmation."""
        return self.exclude(status__in=[Ticket.Status.SPAM, Ticket.Status.UNCONFIRMED])

    def unfinished(self) -> Self:
        """What somebody still has to do something about."""
        return self.filter(status__in=UNFINISHED)

    def _for_agent(self, user: Any) -> Self:
        if may_see_all(user):
            return self
        if not user.has_perm(VIEW):
            return self.none()
        return self.filter(Q(department__in=member_of(user)) | Q(assigned_to=user))

    def _for_client(self, user: Any, at: datetime) -> Self:
        taking_part: Any = Participant.objects.in_force().of_user(user).values("ticket")
        held = Grant.objects.held_by(user, at, service=SERVICE)
        rows = self.model._default_manager.order_by()
        if user.is_limited:  # what the CNPJ opens, and nothing else of the person's
            under = rows.filter(unit__in=Unit.objects.under(held))
            taking_part = under.filter(pk__in=taking_part).values("pk")
        administered = rows.filter(topic__seen_by_company=True)
        # Read at once: most clients have none. Not one condition with "or", for which every order
        # is read (bench line 10).
        grants = held.filter(level=Grant.Level.ADMINISTER).only("company", "unit")
        companies = [grant.company_id for grant in grants if grant.company_id]
        units = [grant.unit_id for grant in grants if grant.unit_id]
        others = [
            administered.filter(**place).values("pk")
            for place in ({"company__in": companies}, {"unit__in": units})
            if any(place.values())
        ]
        return self.filter(pk__in=taking_part.union(*others) if others else taking_part)


class Ticket(models.Model):
    """A service order ("O.S.")."""

    Status: TypeAlias = TicketStatus

    class Source(models.TextChoices):
        WEB = "web", _("Web")
        PHONE = "phone", _("Phone")
        MAIL = "mail", _("E-mail")
        PORTAL = "portal", _("Another page of the portal")

    TRANSITIONS = {
        Status.UNCONFIRMED: {Status.NEW: "tickets:confirm"},
        Status.NEW: {
            Status.OPEN: ("tickets:desk_assign", "tickets:desk_note"),
            Status.WAITING_CLIENT: ("tickets:desk_reply", "tickets.take_mail"),
            Status.RESOLVED: ("tickets:desk_reply", "tickets:solved"),
            Status.CLOSED: ("tickets:desk_close", "tickets:desk_merge"),
            Status.SPAM: "tickets:desk_spam",
        },
        Status.OPEN: {
            Status.WAITING_AGENT: ("tickets:reply", "tickets.take_mail", "tickets:desk_accept"),
            Status.WAITING_CLIENT: ("tickets:desk_reply", "tickets.take_mail"),
            Status.RESOLVED: ("tickets:desk_reply", "tickets:solved"),
            Status.CLOSED: ("tickets:desk_close", "tickets:desk_merge"),
            Status.SPAM: "tickets:desk_spam",
        },
        Status.WAITING_AGENT: {
            Status.WAITING_CLIENT: ("tickets:desk_reply", "tickets.take_mail"),
            Status.RESOLVED: ("tickets:desk_reply", "tickets:solved"),
            Status.CLOSED: ("tickets:desk_close", "tickets:desk_merge"),
            Status.SPAM: "tickets:desk_spam",
        },
        Status.WAITING_CLIENT: {
            Status.WAITING_AGENT: (
                "tickets:reply", "tickets.take_mail", "tickets:desk_accept", "tickets:desk_merge",
            ),
            Status.RESOLVED: ("tickets:desk_reply", "tickets:solved"),
            Status.CLOSED: (
                "tickets:desk_close", "tickets:desk_merge", "tickets.tasks.close_silent",
            ),
        },
        Status.RESOLVED: {
            Status.WAITING_AGENT: ("tickets:reply", "tickets.take_mail", "tickets:desk_accept"),
            Status.WAITING_CLIENT: "tickets:desk_reply",
            Status.OPEN: ("tickets:desk_reopen", "tickets.take_mail"),
            Status.CLOSED: (
                "tickets:desk_close", "tickets:rate", "tickets:desk_merge",
                "tickets.tasks.close_silent",
            ),
        },
        Status.CLOSED: {
            Status.WAITING_AGENT: ("tickets:reply", "tickets.take_mail", "tickets:desk_accept"),
            Status.OPEN: ("tickets:desk_reopen", "tickets.take_mail"),
        },
        Status.SPAM: {Status.NEW: "tickets:desk_not_spam"},
    }  # fmt: skip
    HISTORY = "events"
    AUDIT_ACTIONS = {
        Status.CLOSED: "ticket.closed",
        Status.SPAM: "ticket.spam",
        Status.OPEN: "ticket.opened",
    }

    number = models.CharField(_("number"), max_length=14, unique=True)
    # The middle of the number: what people type when they leave year and check digit out.
    counter = models.PositiveIntegerField(editable=False, db_index=True)
    status = models.CharField(
        _("status"), max_length=14, choices=Status.choices, default=Status.NEW
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="tickets", verbose_name=pgettext_lazy("service order", "department"),
        db_index=False,
    )  # fmt: skip
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets",
        verbose_name=_("topic"),
    )  # fmt: skip
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority.choices, default=Priority.NORMAL
    )
    source = models.CharField(_("source"), max_length=6, choices=Source.choices)
    subject = models.CharField(_("subject"), max_length=200)
    # Name of a topic's field -> its value, as JSON: text, number, ISO date.
    values = models.JSONField(_("fields"), default=dict, blank=True)

    # Who asked, as typed or written at that time; ``Participant`` says who takes part.
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    phone_extension = models.CharField(_("extension"), max_length=6, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets",
        verbose_name=_("company"),
    )  # fmt: skip
    unit = models.ForeignKey(
        Unit, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets",
        verbose_name=_("unit"),
    )  # fmt: skip
    # What it is about elsewhere in the portal, "invoices.document:12"; and its page.
    about = models.CharField(max_length=80, blank=True, editable=False, db_index=True)
    about_url = models.CharField(max_length=200, blank=True, editable=False)

    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="assigned_tickets", verbose_name=_("assigned to"), db_index=False,
    )  # fmt: skip
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("registered by"),
    )  # fmt: skip
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged",
        verbose_name=_("merged into"),
    )  # fmt: skip
    follows = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by",
        verbose_name=_("follows"),
    )  # fmt: skip
    possibly = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("possibly about"),
    )  # fmt: skip

    created_at = models.DateTimeField(_("created on"))
    last_activity = models.DateTimeField(_("last activity"))
    last_client_at = models.DateTimeField(_("the client's last entry"), null=True, blank=True)
    last_agent_at = models.DateTimeField(_("our last entry"), null=True, blank=True)
    first_answer_at = models.DateTimeField(_("first answer"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_reason = models.CharField(_("reason"), max_length=300, blank=True)
    close_notice_at = models.DateTimeField(null=True, blank=True, editable=False)
    needs_answer = models.BooleanField(_("needs an answer"), default=True)
    entry_count = models.PositiveIntegerField(_("entries"), default=0)
    bounced = models.BooleanField(_("our mail came back"), default=False)

    # Working seconds: used until the clock was last stopped, and since when it runs (or null).
    sla_used = models.PositiveIntegerField(default=0, editable=False)
    sla_running_since = models.DateTimeField(null=True, editable=False)
    # Of those, until the first answer.
    first_seconds = models.PositiveIntegerField(null=True, editable=False)
    due_first = models.DateTimeField(_("first answer until"), null=True, blank=True)
    due_resolve = models.DateTimeField(_("resolve until"), null=True, blank=True)
    # What is promised next, the first answer or the end; null while the clock stands.
    next_due = models.GeneratedField(
        expression=Case(
            When(sla_running_since=None, then=None),
            When(first_answer_at=None, due_first__lt=F("due_resolve"), then=F("due_first")),
            default=F("due_resolve"),
        ),
        output_field=models.DateTimeField(), db_persist=True,
    )  # fmt: skip

    confirm_digest = models.CharField(max_length=64, blank=True, editable=False)
    confirm_until = models.DateTimeField(null=True, editable=False)

    rating = models.PositiveSmallIntegerField(_("satisfaction"), null=True, blank=True)
    rating_comment = models.TextField(_("comment"), max_length=1000, blank=True)
    rated_at = models.DateTimeField(null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("service order")
        verbose_name_plural = _("service orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="rating_1_to_5"
            ),
            models.UniqueConstraint(
                fields=["confirm_digest"], condition=~Q(confirm_digest=""), name="confirm_once"
            ),
        ]
        indexes = [
            models.Index(fields=["-last_activity", "-id"], name="ticket_by_activity"),
            models.Index(fields=["-created_at", "-id"], name="ticket_by_creation"),
            models.Index(fields=["department", "-last_activity", "-id"], name="ticket_by_department"),
            # The queues: few of all orders are unfinished.
            models.Index(
                fields=["-last_activity", "-id"],
                condition=Q(status__in=UNFINISHED), name="ticket_unfinished",
            ),
            models.Index(
                fields=["-last_activity", "-id"],
                condition=Q(status__in=UNFINISHED, needs_answer=True), name="ticket_answer",
            ),
            models.Index(
                fields=["-priority", "-id"],
                condition=Q(status__in=UNFINISHED), name="ticket_by_priority",
            ),
            models.Index(
                fields=["department", "-last_activity", "-id"],
                condition=Q(status__in=UNFINISHED), name="ticket_queue",
            ),
            models.Index(
                fields=["assigned_to", "-last_activity", "-id"],
                condition=Q(status__in=UNFINISHED), name="ticket_mine",
            ),
            models.Index(
                fields=["department", "-last_activity", "-id"],
                condition=Q(status__in=UNFINISHED, needs_answer=True), name="ticket_needs_answer",
            ),
            models.Index(
                fields=["department", "-last_activity", "-id"], name="ticket_unassigned",
                condition=Q(status__in=UNFINISHED, assigned_to=None),
            ),
            models.Index(
                fields=["department", "-last_activity", "-id"], name="ticket_waiting",
                condition=Q(status="waiting_client"),
            ),
            models.Index(
                fields=["next_due", "id"], name="ticket_due",
                condition=Q(status__in=UNFINISHED, next_due__isnull=False),
            ),
            models.Index(
                fields=["department", "next_due", "id"], name="ticket_due_by_department",
                condition=Q(status__in=UNFINISHED, next_due__isnull=False),
            ),
            # What closes by itself, and what is removed: by the day of the last word.
            models.Index(
                fields=["last_activity"], name="ticket_silent",
                condition=Q(status__in=["waiting_client", "resolved"]),
            ),
            models.Index(fields=["closed_at"], name="ticket_closed", condition=Q(status="closed")),
            # What the figures of a day are counted from.
            models.Index(
                fields=["first_answer_at"], name="ticket_answered",
                condition=Q(first_answer_at__isnull=False),
            ),
            models.Index(
                fields=["resolved_at"], name="ticket_resolved", condition=Q(resolved_at__isnull=False)
            ),
            models.Index(
                fields=["rated_at"], name="ticket_rated", condition=Q(rated_at__isnull=False)
            ),
            models.Index(
                fields=["confirm_until"], name="ticket_unconfirmed", condition=Q(status="unconfirmed")
            ),
        ]  # fmt: skip
        permissions = [
            ("view_every_ticket", _("Can see the service orders of every department")),
            ("report_ticket", _("Can see the reports of service orders")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket", args=[self.number])

    @property
    def desk_url(self) -> str:
        return reverse("tickets:desk_ticket", args=[self.number])

    @property
    def audit_company(self) -> int | None:
        """In whose audit chain its steps stand."""
        return self.company_id

    @property
    def client_status(self) -> ClientStatus:
        return CLIENT_STATUS[self.Status(self.status)]

    @property
    def is_unfinished(self) -> bool:
        return self.status in UNFINISHED

    @property
    def is_overdue(self) -> bool:
        return self.next_due is not None and self.next_due < timezone.now()
