"""What staff read about a batch: its figures, its rows by outcome, its errors one by one."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.batches.models import AbstractBatch, AbstractBatchRow
from portal.sheets.columns import Column, Kind

# Of the file of a batch's errors; see ``errors_of``.
ERROR_COLUMNS = (
    Column("line", label=_("Row"), kind=Kind.INTEGER),
    Column("column", label=_("Column")),
    Column("value", label=_("Value")),
    Column("message", label=_("Message")),
)


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


def errors_of(batch: AbstractBatch) -> Iterator[tuple[int, str, str, str]]:
    """Every error of a batch, as ERROR_COLUMNS has them; in constant memory."""
    rows = batch.all_rows().filter(outcome=AbstractBatchRow.ERROR)
    for line, errors in rows.values_list("line", "errors").iterator(chunk_size=1000):
        for error in errors:
            yield line, error["column"], error["value"], error["message"]
