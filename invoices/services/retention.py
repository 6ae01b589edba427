"""Legal hold, and the purge report that staff read."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.models import Document, DocumentEvent, PurgeRun, Tombstone
from portal.accounts.models import User
from portal.audit.services import record
from portal.periods import format_period

SHOWN = 100


@dataclass(frozen=True)
class Total:
    """How many documents of a company and type, and their bytes."""

    company: str
    type: str
    documents: int
    bytes: int


def hold(
    document: Document, *, reason: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Keep the document, and keep it available, past its end, until the hold is lifted.

    Raises ValidationError without a reason, for a document already held, and for one past its
    end: that one is gone for everybody, even while its bytes wait to be removed.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Say why it must be kept."), code="no_reason")
    with transaction.atomic():
        current = _locked(document)
        if current.legal_hold:
            raise ValidationError(_("It is on legal hold already."), code="held")
        if not current.is_fetchable(at):
            raise _gone()
        _set_hold(document, held=True, reason=reason)
        held = DocumentEvent(
            document=document, kind=DocumentEvent.Kind.HELD, user=by, at=at, note=reason
        )
        _leave_trace(held, request)


def free(document: Document, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Lift the hold. Past its end the document is invisible at once; the next run removes it.

    Raises ValidationError for a document that is not held.
    """
    with transaction.atomic():
        current = _locked(document)
        if not current.legal_hold:
            raise ValidationError(_("It is not on legal hold."), code="not_held")
        _set_hold(document, held=False, reason=current.legal_hold_reason)
        freed = DocumentEvent(document=document, kind=DocumentEvent.Kind.FREED, user=by, at=at)
        _leave_trace(freed, request)


def _locked(document: Document) -> Document:
    current = Document.objects.select_for_update().filter(pk=document.pk).first()
    if current is None:
        raise _gone()
    return current


def _gone() -> ValidationError:
    return ValidationError(_("It is past its end and cannot be kept any more."), code="gone")


def _set_hold(document: Document, *, held: bool, reason: str) -> None:
    """The reason stays after the hold: the tombstone tells it."""
    document.legal_hold, document.legal_hold_reason = held, reason
    document.save(update_fields=["legal_hold", "legal_hold_reason"])


def _leave_trace(event: DocumentEvent, request: HttpRequest | None) -> None:
    event.save()
    document = event.document
    record(
        f"document.{event.kind}", target=document, company=document.unit.company_id,
        actor=event.user, request=request, data={"sha256": document.sha256},
    )  # fmt: skip


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
