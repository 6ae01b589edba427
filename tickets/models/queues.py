"""What agents keep for their work: canned answers, saved queues, and the figures of each day."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.departments import Department, Priority
from tickets.models.topics import Topic


class CannedReply(models.Model):
    """An answer that is written once and used often. Placeholders: see ``services.canned``."""

    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="canned_replies",
        verbose_name=_("department"), help_text=_("Empty: all."),
    )  # fmt: skip
    title = models.CharField(_("title"), max_length=80)
    html = models.TextField(_("text"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")
        ordering = ("title", "pk")
        constraints = [
            models.UniqueConstraint(fields=["department", "title"], name="canned_reply_once"),
            models.UniqueConstraint(
                fields=["title"],
                condition=models.Q(department=None),
                name="canned_reply_of_all_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedQueue(models.Model):
    """A filter of the queue that an agent gave a name."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_queues"
    )
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500)

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
