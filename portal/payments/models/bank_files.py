"""Return files of banks ("retornos") and what each of their lines would do, or did."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portal.batches.models import (
    OPEN,
    AbstractBatch,
    AbstractBatchRow,
    BatchJobs,
    BatchStatus,
    status_field,
)
from portal.payments.models.agreements import Agreement
from portal.payments.models.slips import Slip


class BankFile(AbstractBatch):
    """One return file. The same file counts once, until its import is undone or given up."""

    JOBS = BatchJobs(
        check="payments.check_file", apply="payments.apply_file", undo="payments.undo_file"
    )
    URL_NAME = "payments:bank_file"
    APPLY_URL_NAME = "payments:bank_file_apply"
    AUDIT_ACTIONS = {
        **AbstractBatch.AUDIT_ACTIONS,
        BatchStatus.APPLYING: "bankfile.applying",
        BatchStatus.APPLIED: "bankfile.applied",
    }

    status = status_field(
        {BatchStatus.APPLYING: _("Being posted"), BatchStatus.APPLIED: _("Posted")}
    )
    # Of the account that the file is of, one; others of that account are looked in as well.
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_files",
        verbose_name=_("agreement"),
    )  # fmt: skip
    bank = models.CharField(_("bank"), max_length=3, blank=True)
    width = models.PositiveSmallIntegerField("CNAB", default=240)
    written_on = models.DateField(_("written by the bank on"), null=True, blank=True)
    sequence = models.PositiveIntegerField(_("number of the file"), default=0)

    class Meta(AbstractBatch.Meta):
        verbose_name = _("return file")
        verbose_name_plural = _("return files")
        ordering = ("-pk",)
        permissions = [("import_bankfile", _("Can import return files"))]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=~Q(sha256="")
                & Q(status__in=(*OPEN, BatchStatus.APPLIED, BatchStatus.UNDOING)),
                name="payments_bank_file_once",
            )
        ]

    @property
    def known_agreement(self) -> Agreement:
        """The agreement of a file that was checked: it has one, or was refused."""
        if self.agreement is None:
            raise ValueError("A file that was not checked has no agreement.")
        return self.agreement

    def why_not_apply(self) -> str:
        return ""  # a file is refused as a whole, so no row of one is an error

    def rows_left(self) -> QuerySet["BankFileRow"]:
        return super().rows_left().select_related("slip")


class BankFileRow(AbstractBatchRow):
    """One event of a file. ``line`` counts events; ``values["line"]`` is the line of the file.

    ``values`` has the fields of ``banks.cnab_reading.ReturnEvent``, dates as ISO 8601.
    """

    class Outcome(models.TextChoices):
        SETTLES = "settles", _("Settles")
        SHORT = "short", _("Paid too little")
        OVER = "over", _("Paid too much")
        DUPLICATE = "duplicate", _("Paid again")
        REPLACED = "replaced", _("Paid after withdrawal")
        UNKNOWN = "unknown", _("Paid under an unknown number")
        ADVANCE = "advance", _("Payment announced")
        RETRACTED = "retracted", _("Announcement taken back")
        REVERSED = "reversed", _("Payment reversed")
        REJECTED = "rejected", _("Refused by the bank")
        REGISTERED = "registered", _("Registered")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CHANGED = "changed", _("Due date changed")
        INFO = "info", _("Only information")
        KNOWN = "known", _("Known already")
        ERROR = AbstractBatchRow.ERROR, _("Error")

    # Those that bring money.
    PAID = (
        Outcome.SETTLES, Outcome.SHORT, Outcome.OVER, Outcome.DUPLICATE, Outcome.REPLACED,
        Outcome.UNKNOWN,
    )  # fmt: skip
    TO_APPLY = (
        *PAID, Outcome.ADVANCE, Outcome.RETRACTED, Outcome.REVERSED, Outcome.REJECTED, Outcome.REGISTERED,
        Outcome.WITHDRAWN, Outcome.CHANGED,
    )  # fmt: skip
    OUTCOME_TONES: ClassVar[Mapping[str, str]] = {
        Outcome.SETTLES: "ok", Outcome.SHORT: "warn", Outcome.OVER: "warn",
        Outcome.DUPLICATE: "warn", Outcome.REPLACED: "warn", Outcome.UNKNOWN: "warn",
        Outcome.ADVANCE: "warn", Outcome.REVERSED: "bad", Outcome.REJECTED: "bad",
        Outcome.ERROR: "bad", Outcome.INFO: "muted", Outcome.KNOWN: "muted",
    }  # fmt: skip

    batch = models.ForeignKey(BankFile, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    number = models.CharField(_("number (nosso número)"), max_length=25)
    # How many events exactly like this one come before it in the file.
    ordinal = models.PositiveSmallIntegerField(default=0)
    slip = models.ForeignKey(Slip, on_delete=models.SET_NULL, null=True, related_name="+")
    # What it changed: the states, by the key of the slip, as they were before.
    before = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("line of a return file")
        verbose_name_plural = _("lines of return files")
        ordering = ("line",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="payments_row_line"),
        ]
        indexes = [
            models.Index(fields=["batch", "outcome", "line"], name="payments_row_outcome"),
            models.Index(fields=["batch", "number"], name="payments_row_number"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"

    @property
    def moved_cents(self) -> int:
        """What it brought or took back. Some banks write no amount paid into a reversal."""
        return self.cents("paid") or self.cents("face")

    def cents(self, name: str) -> int:
        """An amount of the event: face, paid, net, fee or interest."""
        value: Any = self.values[name]
        return int(value)
