"""What stays of a document after its end, and the reports of its removal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from invoices.models.documents import Answer, Document
from portal.accounts.models import Unit
from portal.money import format_brl


class Tombstone(models.Model):
    """What clients ask for after the end of a document: what it was, its amount, who answered it.

    Nothing of its content but the amount and the due date. Both are not known of what was removed
    before they were kept, and neither is who answered.
    """

    document_pk = models.BigIntegerField(unique=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    type_name = models.CharField(_("type"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8)
    period = models.DateField(_("period"))
    number = models.CharField(_("number"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=10)
    amount_cents = models.BigIntegerField(_("amount"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(_("size"))
    verification_code = models.CharField(_("verification code"), max_length=16, unique=True)
    signed_by = models.CharField(_("signed by"), max_length=200)
    # Not known of what was removed before these two were kept.
    signed_at = models.DateTimeField(_("signed at"), null=True)
    signed_by_demo = models.BooleanField(_("demonstration signature"), null=True)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    available_until = models.DateField(_("available until"))
    first_seen_at = models.DateTimeField(_("first seen at"), null=True)
    release = models.CharField(_("release"), max_length=10)
    release_at = models.DateTimeField(_("released or contested at"), null=True)
    release_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("released or contested by"),
    )  # fmt: skip
    release_reason = models.TextField(_("reason"), blank=True)
    # What was contested may have been released later: both are kept.
    contested_at = models.DateTimeField(_("contested at"), null=True)
    contested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("contested by"),
    )  # fmt: skip
    contest_reason = models.TextField(_("reason of the contestation"), blank=True)
    legal_hold_reason = models.CharField(_("reason of its last hold"), max_length=200, blank=True)
    removed_at = models.DateTimeField(_("removed at"))
    run = models.ForeignKey("PurgeRun", on_delete=models.PROTECT, related_name="tombstones")

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["run", "-id"], name="tombstone_by_run"),
            models.Index(fields=["unit", "period"], name="tombstone_by_month"),
            models.Index(
                fields=["number"], name="tombstone_by_number", opclasses=["varchar_pattern_ops"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type_name} {self.number}"

    # What pages about a document ask of it is also answered here.

    def get_absolute_url(self) -> str:
        return reverse("invoices:document", args=[self.document_pk])

    @property
    def type(self) -> str:
        return self.type_name

    @property
    def status_label(self) -> str:
        return str(Document.Status(self.status).label)

    @property
    def amount_text(self) -> str:
        return "" if self.amount_cents is None else format_brl(self.amount_cents)

    @property
    def answers(self) -> Sequence[Answer]:
        """What the client said of it, oldest first."""
        answers = []
        if self.contested_at and self.release != Document.Release.CONTESTED:
            contested = Document.Release.CONTESTED
            answers.append(
                Answer(contested, self.contested_by, self.contested_at, self.contest_reason)
            )
        if self.release_at:
            release = Document.Release(self.release)
            answers.append(Answer(release, self.release_by, self.release_at, self.release_reason))
        return answers


class PurgeRun(models.Model):
    """One run of the removal: its figures are the purge report.

    They are saved with each chunk, so a run that was killed says what it did until then; the next
    one removes the rest.
    """

    # Longer without a chunk, and a run that has no end was killed.
    SILENCE = timedelta(minutes=30)

    started_at = models.DateTimeField(_("started at"))
    touched_at = models.DateTimeField(_("last chunk at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    as_of = models.DateTimeField(_("as of"))
    removed = models.PositiveIntegerField(_("documents removed"), default=0)
    bytes_freed = models.PositiveBigIntegerField(_("bytes freed"), default=0)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("purge run")
        verbose_name_plural = _("purge runs")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return date_format(localtime(self.started_at), "SHORT_DATETIME_FORMAT")

    def was_interrupted(self, at: datetime) -> bool:
        """Whether it never came to its end."""
        return self.finished_at is None and self.touched_at + self.SILENCE < at
