"""Counts of several selections in one statement, none further than lists count."""

from collections.abc import Mapping
from typing import Any

from django.db.models import IntegerField, Model, QuerySet, Subquery

from portal.ui.lists import COUNTED


class _Count(Subquery):
    """How many rows the statement in it gives."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def count_each(model: type[Model], found: Mapping[str, QuerySet[Any]]) -> dict[str, int | None]:
    """How many each has, all of ``model``; None: more than ``COUNTED``, beyond which nobody counts.

    Each is counted by the index that finds it, so a large table costs what a small one does.
    """
    counts = [_Count(rows.order_by().values("pk")[: COUNTED + 1]) for rows in found.values()]
    row = model._base_manager.order_by().values_list(*counts)[:1]
    # An empty table has no row to stand beside the counts.
    numbers = next(iter(row), (0,) * len(counts))
    return {
        name: count if count <= COUNTED else None
        for name, count in zip(found, numbers, strict=True)
    }
