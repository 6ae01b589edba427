"""What agents keep for their work: canned answers, saved queues, and the figures of each day."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models.departments import Department, Priority
from tickets.models.topics import Topic


def _departments(user: Any) -> Any:
    return Department.objects.filter(members=user).values("pk")


class AgentSettings(models.Model):
    """How an agent signs, and of what they want to be told by mail. Without a row: the defaults."""

    class Notice(models.TextChoices):
        NOW = "now", _("At once")
        DAILY = "daily", _("Once a day, in one e-mail")
        NONE = "none", _("Not by e-mail")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ticket_settings"
    )
    signature = models.TextField(
        _("signature"), max_length=500, blank=True,
        help_text=_("Below each answer that you send, above that of the department."),
    )  # fmt: skip
    on_new = models.CharField(
        _("new orders in my departments"), max_length=5, choices=Notice.choices, default=Notice.NONE
    )
    on_assigned = models.CharField(
        _("orders that others assign to me"), max_length=5, choices=Notice.choices,
        default=Notice.NOW,
    )  # fmt: skip
    on_client = models.CharField(
        _("answers of clients to what is mine"), max_length=5, choices=Notice.choices,
        default=Notice.NOW,
    )  # fmt: skip

    class Meta:
        verbose_name = _("settings of an agent")
        verbose_name_plural = _("settings of agents")

    def __str__(self) -> str:
        return str(self.user)


class CannedReplyQuerySet(models.QuerySet["CannedReply"]):
    def for_agent(self, user: Any) -> Self:
        """Their own, those of their departments, and those of all."""
        shared = Q(user=None) & (Q(department=None) | Q(department__in=_departments(user)))
        return self.filter(Q(user=user) | shared)

    def changed_by(self, user: Any, *, all_departments: bool) -> Self:
        """Those that they may change: their own and their departments'; with ``all_departments``
        every shared one."""
        shared = Q(user=None)
        if not all_departments:
            shared &= Q(department__in=_departments(user))
        return self.filter(Q(user=user) | shared)


class CannedReply(models.Model):
    """An answer that is written once and used often: an agent's own, a department's, or of all.

    Placeholders: see ``services.canned``.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True,
        related_name="canned_replies", verbose_name=_("agent"),
    )  # fmt: skip
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="canned_replies",
        verbose_name=pgettext_lazy("service order", "department"), help_text=_("Empty: all."),
    )  # fmt: skip
    title = models.CharField(_("title"), max_length=80)
    html = models.TextField(_("text"))
    is_active = models.BooleanField(_("active"), default=True)

    objects = CannedReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")
        ordering = ("title", "pk")
        constraints = [
            models.UniqueConstraint(fields=["department", "title"], name="canned_reply_once"),
            models.UniqueConstraint(
                fields=["title"],
                condition=Q(department=None, user=None),
                name="canned_reply_of_all_once",
            ),
            models.UniqueConstraint(fields=["user", "title"], name="canned_reply_of_agent_once"),
            models.CheckConstraint(
                condition=Q(user=None) | Q(department=None), name="canned_reply_of_one"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedQueueQuerySet(models.QuerySet["SavedQueue"]):
    def for_agent(self, user: Any) -> Self:
        """Their own, and those that are shared with their departments."""
        return self.filter(Q(user=user) | Q(department__in=_departments(user)))


class SavedQueue(models.Model):
    """A filter of the queue that an agent gave a name, and may share with a department."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_queues"
    )
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500)
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="saved_queues",
        verbose_name=_("shared with"), help_text=_("Empty: you alone see it."),
    )  # fmt: skip

    objects = SavedQueueQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved queue")
        verbose_name_plural = _("saved queues")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_queue_once")]

    def __str__(self) -> str:
        return self.name


class DayFigures(models.Model):
    """What happened on a civil day, by department, topic, agent and priority. Kept when orders go.

    Written anew by the nightly job for days that may still change. Times are working seconds: a
    histogram ``{seconds, rounded up to a step: count}`` from which medians and 90 % come.
    """

    # Day, department, topic, agent and priority in one: of each combination one row, empty ones too.
    key = models.CharField(max_length=80, unique=True)
    day = models.DateField(_("day"), db_index=True)
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    priority = models.CharField(max_length=8, choices=Priority.choices)
    opened = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    backlog = models.PositiveIntegerField(default=0)
    first_in_time = models.PositiveIntegerField(default=0)
    first_late = models.PositiveIntegerField(default=0)
    resolved_in_time = models.PositiveIntegerField(default=0)
    resolved_late = models.PositiveIntegerField(default=0)
    first_times = models.JSONField(default=dict)
    resolve_times = models.JSONField(default=dict)
    ratings = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {self.department}"
