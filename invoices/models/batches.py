"""Publishing in bulk: a zip or a folder of documents with its manifest, and the rows of that."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoices.models.documents import Document, DocumentType
from portal.accounts.models import Unit
from portal.batches.models import (
    AbstractBatch,
    AbstractBatchRow,
    BatchJobs,
    BatchStatus,
    status_field,
)


class Batch(AbstractBatch):
    """One zip with its manifest, or one folder. Carried out, its documents are published."""

    class Source(models.TextChoices):
        ZIP = "zip", _("Zip and manifest")
        FOLDER = "folder", _("Folder")
        GENERATED = "generated", _("Generated from data")

    JOBS = BatchJobs(
        check="invoices.check_batch", apply="invoices.publish_batch", undo="invoices.undo_batch",
        applied="invoices.tell_clients", undone="invoices.tell_undone",
        clear="invoices.clear_batch",
    )  # fmt: skip
    URL_NAME = "invoices:batch"
    APPLY_URL_NAME = "invoices:batch_publish"
    UPLOADS = ("file_key", "manifest_key")
    AUDIT_ACTIONS = {
        **AbstractBatch.AUDIT_ACTIONS,
        BatchStatus.APPLYING: "batch.publishing",
        BatchStatus.APPLIED: "batch.published",
    }

    source = models.CharField(
        _("source"), max_length=10, choices=Source.choices, default=Source.ZIP
    )
    status = status_field(
        {BatchStatus.APPLYING: _("Being published"), BatchStatus.APPLIED: _("Published")}
    )
    manifest_key = models.CharField(max_length=120, blank=True)
    # Names of some files that no row asks for; how many they are is in ``counts["spare"]``.
    warnings = models.JSONField(_("warnings"), default=list, blank=True)
    # The instant at which its documents count as published; empty: when they are published.
    publish_as_of = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(AbstractBatch.Meta):
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ("-pk",)

    def rows_left(self) -> QuerySet["BatchRow"]:
        return super().rows_left().select_related("unit", "type")

    def why_not_apply(self) -> str:
        if super().why_not_apply():
            return gettext(
                "The batch has rows with errors. Nothing is published until all rows are right."
            )
        return ""


class BatchRow(AbstractBatchRow):
    """One line of the manifest: what it asks for and what would come, or came, of it."""

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        REPLACES = "replaces", _("Replaces")
        UNCHANGED = "unchanged", _("Unchanged")
        ERROR = AbstractBatchRow.ERROR, _("Error")

    TO_APPLY = (Outcome.NEW, Outcome.REPLACES)
    OUTCOME_TONES: ClassVar[Mapping[str, str]] = {
        Outcome.NEW: "ok", Outcome.REPLACES: "warn", Outcome.UNCHANGED: "muted",
        Outcome.ERROR: "bad",
    }  # fmt: skip

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    type = models.ForeignKey(DocumentType, on_delete=models.PROTECT, null=True, related_name="+")
    period = models.DateField(null=True)
    number = models.CharField(max_length=40, blank=True)
    amount_cents = models.BigIntegerField(null=True)
    due_date = models.DateField(null=True)
    file_name = models.CharField(max_length=255, blank=True)
    # The published document that was there when the row was checked, and its version.
    current = models.BigIntegerField(null=True)
    current_version = models.PositiveSmallIntegerField(null=True)
    file_key = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    document = models.OneToOneField(
        Document, on_delete=models.SET_NULL, null=True, blank=True, related_name="batch_row"
    )

    class Meta:
        verbose_name = _("batch row")
        verbose_name_plural = _("batch rows")
        ordering = ("line",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="batch_line"),
        ]
        indexes = [
            models.Index(fields=["batch", "outcome", "line"], name="batch_by_outcome"),
            models.Index(fields=["batch", "number"], name="batch_by_number"),
            models.Index(fields=["batch", "file_name"], name="batch_by_file"),
            models.Index(fields=["batch", "sha256"], name="batch_by_content"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"
