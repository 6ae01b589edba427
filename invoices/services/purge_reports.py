"""Purge reports: what the removal removed, or would remove, by company and type, and as CSV."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.models import Document, PurgeRun, Tombstone
from portal.periods import format_period

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
    """The first ``SHOWN`` of its totals, and whether there are more.

    Of a run that has ended they are added up once a day: they don't change any more.
    """
    key = f"purge-totals:{run.pk}"
    totals: list[Total] | None = cache.get(key) if run.finished_at else None
    if totals is None:
        totals = totals_of(run)[: SHOWN + 1]
        if run.finished_at:
            cache.set(key, totals, 86_400)
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


class _Line:
    """A file whose ``write`` gives the line back, so that csv can be streamed."""

    def write(self, line: str) -> str:
        return line


def report_csv(run: PurgeRun) -> Iterator[str]:
    """The run's tombstones as CSV (``;``, UTF-8 with a mark, as Brazilian spreadsheets open it)."""
    writer = csv.writer(_Line(), delimiter=";")
    yield "\ufeff"
    yield writer.writerow([
        _("Company"), _("Unit"), _("Type"), _("Period"), _("Number"), _("Version"), "SHA-256",
        _("Size in bytes"), _("Verification code"), _("Published at"), _("Available until"),
        _("First seen at"), _("Removed at"),
    ])  # fmt: skip
    rows = (
        run.tombstones.order_by("pk")
        .annotate(company_name=F("unit__company__name"), unit_code=F("unit__code"))
        .iterator(chunk_size=2000)
    )
    for row in rows:
        yield writer.writerow([_plain(cell) for cell in _cells(row)])


def _cells(row: Tombstone) -> list[Any]:
    return [
        row.company_name, row.unit_code, row.type_name, format_period(row.period), row.number,  # type: ignore[attr-defined]
        row.version, row.sha256, row.size, row.verification_code, _instant(row.published_at),
        f"{row.available_until:%d/%m/%Y}", _instant(row.first_seen_at), _instant(row.removed_at),
    ]  # fmt: skip


def _instant(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%d/%m/%Y %H:%M:%S}" if at else ""


def _plain(cell: Any) -> Any:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
