"""Abstract batch and row: each desk that works on many rows has its own tables of this shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.transitions import FINAL


class BatchStatus(models.TextChoices):
    """The states of a batch; a desk may say them in its own words (``status_field``)."""

    UPLOADED = "uploaded", gettext_lazy("Waiting to be checked")
    CHECKING = "checking", gettext_lazy("Being checked")
    CHECKED = "checked", gettext_lazy("Checked")
    REFUSED = "refused", gettext_lazy("Refused")
    APPLYING = "applying", gettext_lazy("Being carried out")
    APPLIED = "applied", gettext_lazy("Carried out")
    UNDOING = "undoing", gettext_lazy("Being undone")
    UNDONE = "undone", gettext_lazy("Undone")
    DISCARDED = "discarded", gettext_lazy("Discarded")


BUSY = (
    BatchStatus.UPLOADED, BatchStatus.CHECKING, BatchStatus.APPLYING, BatchStatus.UNDOING,
)  # fmt: skip
DISCARDABLE = (
    BatchStatus.UPLOADED, BatchStatus.CHECKING, BatchStatus.CHECKED, BatchStatus.REFUSED,
)  # fmt: skip
STOPPABLE = (BatchStatus.APPLYING, BatchStatus.UNDOING)
# While it is in one of these, the same file handed in again is the same batch.
OPEN = (
    BatchStatus.UPLOADED, BatchStatus.CHECKING, BatchStatus.CHECKED, BatchStatus.APPLYING,
)  # fmt: skip
_TONES = {
    BatchStatus.UPLOADED: "wait", BatchStatus.CHECKING: "wait", BatchStatus.CHECKED: "info",
    BatchStatus.REFUSED: "bad", BatchStatus.APPLYING: "wait", BatchStatus.APPLIED: "ok",
    BatchStatus.UNDOING: "wait", BatchStatus.UNDONE: "muted", BatchStatus.DISCARDED: "muted",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BatchJobs:
    """The names of a desk's jobs on its batches; each takes the keys ``batch`` and ``by``.

    ``check``, ``apply`` and ``undo`` do one slice. ``applied``, if named, runs once when all is
    carried out (mails), ``undone`` whenever undoing ends or is stopped. ``clear``, if named, lets go of what was staged for rows.
    """

    check: str
    apply: str
    undo: str
    applied: str = ""
    undone: str = ""
    clear: str = ""


def status_field(words: Mapping[str, str | Promise] | None = None) -> "models.CharField[str, str]":
    """The field ``status``, in the desk's own words for some states."""
    choices = [(value, (words or {}).get(value, label)) for value, label in BatchStatus.choices]
    return models.CharField(
        gettext_lazy("status"), max_length=10, choices=choices, default=BatchStatus.UPLOADED
    )


class AbstractBatch(models.Model):
    """What was handed in together. The same content twice is recognised by ``sha256``.

    Its rows are ``rows`` (the related name that the desk's row gives).
    """

    Status = BatchStatus
    TRANSITIONS = {
        BatchStatus.UPLOADED: {
            BatchStatus.CHECKING: "{model.JOBS.check}",
            BatchStatus.DISCARDED: "{model.URL_NAME}_discard",
        },
        BatchStatus.CHECKING: {
            BatchStatus.CHECKED: "{model.JOBS.check}",
            BatchStatus.REFUSED: "{model.JOBS.check}",
            BatchStatus.DISCARDED: "{model.URL_NAME}_discard",
        },
        BatchStatus.CHECKED: {
            BatchStatus.APPLYING: "{model.APPLY_URL_NAME}",
            BatchStatus.DISCARDED: "{model.URL_NAME}_discard",
        },
        BatchStatus.REFUSED: {BatchStatus.DISCARDED: "{model.URL_NAME}_discard"},
        BatchStatus.APPLYING: {
            BatchStatus.APPLIED: ("{model.URL_NAME}_stop", "{model.JOBS.apply}")
        },
        BatchStatus.APPLIED: {BatchStatus.UNDOING: "{model.URL_NAME}_undo"},
        BatchStatus.UNDOING: {
            BatchStatus.UNDONE: "{model.JOBS.undo}",
            BatchStatus.APPLIED: "{model.URL_NAME}_stop",
        },
        BatchStatus.UNDONE: FINAL,
        BatchStatus.DISCARDED: FINAL,
    }
    JOBS: ClassVar[BatchJobs]
    # Pages are named after the batch's own: "desk:batch", "desk:batch_rows", "desk:batch_stop"…
    URL_NAME: ClassVar[str]
    # The page that asks whether to carry it out, in the desk's own words.
    APPLY_URL_NAME: ClassVar[str]
    # The fields that hold the keys of what was handed in; let go of once it is checked.
    UPLOADS: ClassVar[tuple[str, ...]] = ("file_key",)
    AUDIT_ACTIONS: ClassVar[Mapping[str, str]] = {
        BatchStatus.APPLYING: "batch.applying",
        BatchStatus.APPLIED: "batch.applied",
        BatchStatus.UNDOING: "batch.undoing",
        BatchStatus.UNDONE: "batch.undone",
        BatchStatus.DISCARDED: "batch.discarded",
    }

    name = models.CharField(gettext_lazy("name"), max_length=120)
    status = status_field()
    file_key = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, db_index=True)
    problem = models.TextField(gettext_lazy("problem"), blank=True)
    # Rows by outcome, kept with the rows so that no page counts them.
    counts = models.JSONField(gettext_lazy("rows by outcome"), default=dict, blank=True)
    total = models.PositiveIntegerField(gettext_lazy("rows"), default=0)
    # Rows done in the step under way.
    done = models.PositiveIntegerField(gettext_lazy("done"), default=0)
    kept = models.PositiveIntegerField(gettext_lazy("kept when undone"), default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=gettext_lazy("created by"),
    )  # fmt: skip
    created_at = models.DateTimeField(gettext_lazy("created at"), auto_now_add=True)
    checked_at = models.DateTimeField(gettext_lazy("checked at"), null=True, blank=True)
    applied_at = models.DateTimeField(gettext_lazy("carried out at"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=~Q(sha256="") & Q(status__in=OPEN),
                name="%(app_label)s_%(class)s_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse(self.URL_NAME, args=[self.pk])

    def all_rows(self) -> QuerySet[Any]:
        """Its rows by line."""
        rows: QuerySet[Any] = getattr(self, "rows").order_by("line")  # noqa: B009 (the desk's)
        return rows

    def rows_left(self) -> QuerySet[Any]:
        """The rows that wait to be carried out, by line; a desk adds what it reads with them."""
        rows = self.all_rows().filter(done_at__isnull=True)
        return rows.exclude(outcome=AbstractBatchRow.ERROR)

    def rows_done(self) -> QuerySet[Any]:
        """The rows of which something came, by line: what undoing goes through."""
        rows = self.all_rows().filter(done_at__isnull=False)
        return rows.filter(outcome__in=rows.model.TO_APPLY)

    def why_not_apply(self) -> str:
        """What stands against carrying out a checked batch; "" when nothing does."""
        if self.status == BatchStatus.CHECKED and self.counts.get(AbstractBatchRow.ERROR):
            return _("The batch has rows with errors. Nothing is done until all rows are right.")
        return ""

    @property
    def is_busy(self) -> bool:
        return self.status in BUSY

    @property
    def can_be_applied(self) -> bool:
        return self.status == BatchStatus.CHECKED and not self.why_not_apply()

    @property
    def can_be_undone(self) -> bool:
        return self.status == BatchStatus.APPLIED

    @property
    def can_be_discarded(self) -> bool:
        return self.status in DISCARDABLE

    @property
    def can_be_stopped(self) -> bool:
        return self.status in STOPPABLE

    @property
    def can_go_on(self) -> bool:
        """Whether its job was given up, so that a person may queue it again."""
        return self.is_busy and bool(self.problem)

    @property
    def tone(self) -> str:
        """The badge tone of its status; one with rows that failed warns."""
        looked_at = self.status in (BatchStatus.CHECKED, BatchStatus.APPLIED)
        failed = looked_at and self.counts.get(AbstractBatchRow.ERROR)
        return "warn" if failed else _TONES[BatchStatus(self.status)]


class AbstractBatchRow(models.Model):
    """One row: what it says, what would come of it, and what came of it.

    A desk adds ``batch`` (with the related name ``rows``), what it understood of the row, and an
    ``Outcome`` with the choices of ``outcome``; one of them is ERROR.
    """

    ERROR: ClassVar[str] = "error"
    # Outcomes of which something comes; the others are only noted.
    TO_APPLY: ClassVar[tuple[str, ...]]
    OUTCOME_TONES: ClassVar[Mapping[str, str]] = {}

    line = models.PositiveIntegerField(gettext_lazy("line"))
    # What was written, by column.
    values = models.JSONField(gettext_lazy("values"), default=dict)
    outcome = models.CharField(gettext_lazy("outcome"), max_length=10)
    # ``[{"column", "value", "message"}]``; a row with any is an error.
    errors = models.JSONField(gettext_lazy("errors"), default=list, blank=True)
    # When it was dealt with; a row with an error never is.
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def add_error(self, column: str, message: str) -> None:
        """Make the row an error; the value shown beside is the one that was written."""
        self.outcome = self.ERROR
        value = self.values.get(column, "")
        self.errors.append({"column": column, "value": value, "message": message})
