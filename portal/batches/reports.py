"""What staff read about a batch: its figures, its rows by outcome, and a file to correct."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.batches.models import AbstractBatch, AbstractBatchRow, BatchStatus
from portal.sheets.columns import Column

# Of these the rows without errors are done: they need not be handed in again.
_CARRIED_OUT = (BatchStatus.APPLYING, BatchStatus.APPLIED, BatchStatus.UNDOING)
_ERRORS = Column("errors", label=_("Errors"))


def outcomes_of(batch: AbstractBatch) -> dict[str, str]:
    """The desk's outcomes and what a person reads for each, in their order."""
    field = batch.all_rows().model._meta.get_field("outcome")
    return {str(value): str(label) for value, label in field.choices or ()}


def figures(batch: AbstractBatch) -> list[dict[str, Any]]:
    """The number of rows of each outcome, from the batch itself."""
    tones = batch.all_rows().model.OUTCOME_TONES
    return [
        {
            "value": value,
            "label": label,
            "count": (count := batch.counts.get(value, 0)),
            "tone": tones.get(value, "info") if count else "muted",
        }
        for value, label in outcomes_of(batch).items()
    ]


def rows_of(batch: AbstractBatch, outcome: str = "") -> QuerySet[Any]:
    """The rows by line; of one outcome if that is one."""
    rows = batch.all_rows()
    return rows.filter(outcome=outcome) if outcome in outcomes_of(batch) else rows


def correction_columns(columns: Sequence[Column]) -> list[Column]:
    """Those of what was handed in, as text, and one for the errors, which reading passes over."""
    return [*(Column(column.name) for column in columns), _ERRORS]


def corrections_of(batch: AbstractBatch, columns: Sequence[Column]) -> Iterator[list[str]]:
    """The rows to correct and hand in again, as they were written, each with its errors.

    All rows while nothing of the batch was carried out, since none of it counts yet; afterwards
    those with an error alone. In constant memory.
    """
    only_errors = batch.status in _CARRIED_OUT
    rows = rows_of(batch, AbstractBatchRow.ERROR if only_errors else "")
    for values, errors in rows.values_list("values", "errors").iterator(chunk_size=1000):
        told = [": ".join(filter(None, (e["column"], e["message"]))) for e in errors]
        yield [*(str(values.get(column.name, "")) for column in columns), " · ".join(told)]
