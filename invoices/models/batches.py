"""Publishing in bulk: a batch is uploaded, checked, looked over, published and, if need be, undone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from invoices.models.documents import Document, DocumentType
from portal.accounts.models import Unit


class Batch(models.Model):
    """One zip with its manifest, or one folder. The same content twice is recognised."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting to be checked")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        REFUSED = "refused", _("Refused")
        PUBLISHING = "publishing", _("Being published")
        PUBLISHED = "published", _("Published")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS = {
        Status.UPLOADED: {Status.CHECKING, Status.DISCARDED},
        Status.CHECKING: {Status.CHECKED, Status.REFUSED, Status.DISCARDED},
        Status.CHECKED: {Status.PUBLISHING, Status.DISCARDED},
        Status.REFUSED: {Status.DISCARDED},
        Status.PUBLISHING: {Status.PUBLISHED},
        Status.PUBLISHED: {Status.UNDOING},
        Status.UNDOING: {Status.UNDONE},
    }

    class Source(models.TextChoices):
        ZIP = "zip", _("Zip and manifest")
        FOLDER = "folder", _("Folder")
        GENERATED = "generated", _("Generated from data")

    name = models.CharField(_("name"), max_length=120)
    source = models.CharField(
        _("source"), max_length=10, choices=Source.choices, default=Source.ZIP
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.UPLOADED
    )
    file_key = models.CharField(max_length=120, blank=True)
    manifest_key = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, db_index=True)
    problem = models.TextField(_("problem"), blank=True)
    # Names of some files that no row asks for; how many they are is in ``counts["spare"]``.
    warnings = models.JSONField(_("warnings"), default=list, blank=True)
    # Rows by outcome, kept with the rows so that no page counts them.
    counts = models.JSONField(_("rows by outcome"), default=dict, blank=True)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    kept = models.PositiveIntegerField(_("kept when undone"), default=0)
    # The instant at which its documents count as published; empty: when they are published.
    publish_as_of = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("created by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name


class BatchRow(models.Model):
    """One line of the manifest: what it asks for and what would come, or came, of it."""

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        REPLACES = "replaces", _("Replaces")
        UNCHANGED = "unchanged", _("Unchanged")
        ERROR = "error", _("Error")

    TO_PUBLISH = (Outcome.NEW, Outcome.REPLACES)

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("line"))
    # What was written in the manifest, by column; the fields below are what was understood.
    values = models.JSONField(_("values"), default=dict)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    type = models.ForeignKey(DocumentType, on_delete=models.PROTECT, null=True, related_name="+")
    period = models.DateField(null=True)
    number = models.CharField(max_length=40, blank=True)
    amount_cents = models.BigIntegerField(null=True)
    due_date = models.DateField(null=True)
    file_name = models.CharField(max_length=255, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    # ``[{"column", "value", "message"}]``; a row with any is an error.
    errors = models.JSONField(_("errors"), default=list, blank=True)
    # The published document that was there when the row was checked, and its version.
    current = models.BigIntegerField(null=True)
    current_version = models.PositiveSmallIntegerField(null=True)
    file_key = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    document = models.OneToOneField(
        Document, on_delete=models.SET_NULL, null=True, blank=True, related_name="batch_row"
    )
    published_at = models.DateTimeField(null=True, blank=True)

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
