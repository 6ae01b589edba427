"""What stays of a document after its end, and the reports of its removal."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Unit


class Tombstone(models.Model):
    """Who, what, hash, when: enough to say that a document existed, nothing of its content."""

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
