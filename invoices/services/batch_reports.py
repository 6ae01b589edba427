"""What staff read about a batch: its figures, its rows, its errors as a file, an empty manifest."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from invoices.models import Batch, BatchRow, Document, DocumentType
from invoices.services.export import plain_text
from invoices.services.manifest import COLUMNS
from portal.accounts.models import Unit
from portal.money import format_brl
from portal.periods import format_period

BUSY = (Batch.Status.UPLOADED, Batch.Status.CHECKING, Batch.Status.PUBLISHING, Batch.Status.UNDOING)
_TONES = {
    Batch.Status.UPLOADED: "wait", Batch.Status.CHECKING: "wait", Batch.Status.CHECKED: "info",
    Batch.Status.REFUSED: "bad", Batch.Status.PUBLISHING: "wait", Batch.Status.PUBLISHED: "ok",
    Batch.Status.UNDOING: "wait", Batch.Status.UNDONE: "muted", Batch.Status.DISCARDED: "muted",
}  # fmt: skip
_OUTCOME_TONES = {"new": "ok", "replaces": "warn", "unchanged": "muted", "error": "bad"}


def tone_of(batch: Batch) -> str:
    """The badge tone of a batch's status; one with rows that failed warns."""
    looked_at = batch.status in (Batch.Status.CHECKED, Batch.Status.PUBLISHED)
    failed = looked_at and batch.counts.get("error")
    return "warn" if failed else _TONES[Batch.Status(batch.status)]


def figures(batch: Batch) -> list[dict[str, Any]]:
    """The number of rows of each outcome, from the batch itself."""
    counts = batch.counts
    return [
        {
            "value": value,
            "label": label,
            "count": counts.get(value, 0),
            "tone": _OUTCOME_TONES[value] if counts.get(value) else "muted",
        }
        for value, label in BatchRow.Outcome.choices
    ]


def rows_of(batch: Batch, outcome: str = "") -> QuerySet[BatchRow]:
    rows = batch.rows.select_related("unit", "type", "document").order_by("line")
    return rows.filter(outcome=outcome) if outcome in BatchRow.Outcome.values else rows


def prepared(rows: list[BatchRow]) -> list[dict[str, Any]]:
    """Rows as the page shows them: what was understood, else what was written."""
    labels = {str(value): str(label) for value, label in BatchRow.Outcome.choices}
    return [
        {
            "line": row.line,
            "unit": str(row.unit) if row.unit else row.values.get("unidade", ""),
            "type": row.type.name if row.type else row.values.get("tipo", ""),
            "period": format_period(row.period) if row.period else row.values.get("periodo", ""),
            "number": row.number or row.values.get("numero", ""),
            "amount": row.values.get("valor", "") if row.amount_cents is None else format_brl(row.amount_cents),
            "due": f"{row.due_date:%d/%m/%Y}" if row.due_date else row.values.get("vencimento", ""),
            "file": row.values.get("arquivo", ""),
            "tone": _OUTCOME_TONES[row.outcome],
            "outcome": labels[row.outcome],
            "version": row.current_version if row.outcome == BatchRow.Outcome.REPLACES else None,
            "errors": row.errors,
            "document": row.document,
            "gone": _gone(row),
        }
        for row in rows
    ]  # fmt: skip


def _gone(row: BatchRow) -> str:
    """What became of the row's document since, when it is no longer the published one."""
    document = row.document
    if document is None or document.status == Document.Status.PUBLISHED:
        return ""
    return str(document.get_status_display())


def errors_csv(batch: Batch) -> Iterator[bytes]:
    """Every error of a batch: row, column, value, message; ``;`` and UTF-8 with a mark, for Excel."""
    yield b"\xef\xbb\xbf" + _line([_("Row"), _("Column"), _("Value"), _("Message")])
    rows = batch.rows.filter(outcome=BatchRow.Outcome.ERROR).order_by("line")
    for line, errors in rows.values_list("line", "errors").iterator(chunk_size=1000):
        for error in errors:
            yield _line([line, error["column"], plain_text(error["value"]), error["message"]])


def _line(values: list[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerow(values)
    return out.getvalue().encode()


def _example() -> list[list[str]]:
    """A manifest's header and, with a real unit and types where there are any, two rows."""
    unit = Unit.objects.filter(is_active=True).order_by("code").first()
    code = unit.code if unit else "U001"
    types = DocumentType.objects.filter(is_active=True)
    invoice = types.filter(kind=DocumentType.Kind.INVOICE).first()
    report = types.filter(kind=DocumentType.Kind.REPORT).first()
    return [
        list(COLUMNS),
        [code, invoice.code if invoice else "fatura", "03/2026", "1001", "1234,56", "10/04/2026",
         "fatura-1001.pdf"],
        [code, report.code if report else "relatorio", "03/2026", "1001", "", "", "relatorio-1001.pdf"],
    ]  # fmt: skip


def template_csv() -> bytes:
    return b"\xef\xbb\xbf" + b"".join(_line(list(row)) for row in _example())


def template_xlsx() -> bytes:
    """Every cell is text, so that a spreadsheet does not make dates of periods."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("manifesto")
    for letter in "ABCDEFG":
        sheet.column_dimensions[letter].width = 18
    for row in _example():
        cells = [WriteOnlyCell(sheet, value) for value in row]
        for cell in cells:
            cell.number_format = "@"
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
