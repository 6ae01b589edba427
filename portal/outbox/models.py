"""Mail and jobs that must not be lost: rows written with the change that caused them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.transitions import FINAL

_SWEEP = "portal.outbox.tasks.sweep"
# An error begins with the name of its class.
WORKER_LOST = "WorkerLost"
_REFUSED = {"SMTPDataError", "SMTPRecipientsRefused", "SMTPSenderRefused"}


class Entry(models.Model):
    """One mail to send or one job to run. ``key`` makes it happen once.

    A job names a registered function (``name``) and its JSON arguments (keys, never secrets).
    A mail's text may hold a link, so it is sealed by the vault (``sealed``).
    """

    class Kind(models.TextChoices):
        MAIL = "mail", _("Mail")
        JOB = "job", _("Job")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Under way")
        DONE = "done", _("Done")
        FAILED = "failed", _("Given up")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS = {
        Status.PENDING: {Status.RUNNING: _SWEEP, Status.CANCELLED: "outbox:cancel"},
        Status.RUNNING: dict.fromkeys((Status.DONE, Status.PENDING, Status.FAILED), _SWEEP),
        Status.FAILED: {Status.PENDING: "outbox:retry", Status.CANCELLED: "outbox:cancel"},
        Status.DONE: FINAL,
        Status.CANCELLED: FINAL,
    }

    TONES: ClassVar[dict[str, str]] = {
        Status.PENDING: "wait", Status.RUNNING: "info", Status.DONE: "ok", Status.FAILED: "bad",
        Status.CANCELLED: "muted",
    }  # fmt: skip

    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    key = models.CharField(_("key"), max_length=160, unique=True)
    name = models.CharField(_("name"), max_length=120, help_text=_("Subject, or name of the job"))
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    recipient = models.EmailField(_("recipient"), blank=True)
    about = models.TextField(blank=True, default="")  # see portal.outbox.people
    message_id = models.CharField("Message-ID", max_length=160, blank=True)
    sealed = models.BinaryField(null=True)
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("outbox entry")
        verbose_name_plural = _("outbox")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="pending"), name="outbox_pending"),
            models.Index(
                fields=["leased_until"], condition=Q(status="running"), name="outbox_running"
            ),
            models.Index(fields=["-id"], condition=Q(status="failed"), name="outbox_failed"),
            models.Index(fields=["kind", "-id"], name="outbox_by_kind"),
            models.Index(fields=["recipient", "-id"], name="outbox_by_recipient"),
        ]
        permissions = [
            ("retry_entry", _("Can send or run an entry again")),
            ("cancel_entry", _("Can cancel an entry that waits or was given up")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label}"

    @property
    def label(self) -> str:
        """The mail's subject, or what the job does; a job that no desk knows keeps its name."""
        if self.kind == self.Kind.MAIL:
            return self.name or gettext("Mail about a person whose data were erased")
        return str(desks.merged("job_words").get(self.name, self.name))

    @property
    def problem(self) -> str:
        """Why the last attempt failed, for who is no programmer; ``error`` is for who is."""
        what = self.error.partition(":")[0]
        if not what:
            return ""
        if what == WORKER_LOST:
            return gettext("The machine was stopped in the middle of it.")
        if what in _REFUSED:
            return gettext("The mail server refused this message.")
        if self.kind == self.Kind.MAIL:
            return gettext("The message could not be handed to the mail server.")
        return gettext("The work failed. An administrator sees the reason on this page.")

    @property
    def can_be_cancelled(self) -> bool:
        """Whether it has not been sent or run, and nobody is at it."""
        return self.status in {self.Status.PENDING, self.Status.FAILED}

    @property
    def tone(self) -> str:
        """Of the badge that shows the status."""
        return self.TONES[self.status]


class MailPause(models.Model):
    """One row while the mail server does not answer. No mail is tried before ``until``."""

    since = models.DateTimeField()
    until = models.DateTimeField()
    failures = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("pause of mail")
        verbose_name_plural = _("pauses of mail")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.since} – {self.until}"
