"""Purge reports: what the removal removed, or would remove, by company and type."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum

from invoices.models import Document, PurgeRun

SHOWN = 100


@dataclass(frozen=True)
class Total:
    """How many documents of a company and type, and their bytes."""

    company: str
    type: str
    documents: int
    bytes: int


def waiting(at: datetime) -> bool:
    """Whether something past its end waits to be removed."""
    return Document.objects.expired(at=at).exists()


def totals_of(run: PurgeRun) -> list[Total]:
    """What a run removed, by company and type."""
    return _totals(run.tombstones.all(), type_field="type_name")


def first_totals(run: PurgeRun) -> tuple[list[Total], bool]:
    """The first ``SHOWN`` of its totals, and whether there are more."""
    totals = totals_of(run)
    return totals[:SHOWN], len(totals) > SHOWN


def forecast(as_of: datetime) -> list[Total]:
    """What a run would remove, by company and type; nothing is touched."""
    return _totals(Document.objects.expired(at=as_of), type_field="type__name")


def _totals(rows: QuerySet[Any], *, type_field: str) -> list[Total]:
    groups = (
        rows.order_by()
        .values_list("unit__company__name", type_field)
        .annotate(Count("pk"), Sum("size"))
        .order_by("unit__company__name", type_field)
    )
    return [Total(*group) for group in groups]
