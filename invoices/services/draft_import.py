"""Invoice data from a spreadsheet: one row per item, grouped to one draft per invoice."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font

from invoices.models import DocumentType, InvoiceDraft
from invoices.quantities import parse_quantity
from invoices.services.drafts import MAX_ITEMS, Item, add_items
from invoices.services.manifest import ManifestRow, read
from invoices.services.manifest_rows import types_by_name, units_by_code
from portal.accounts.models import Unit, User
from portal.audit.services import record
from portal.money import parse_cents
from portal.periods import parse_period
from portal.sheets import parsers

REQUIRED = ("unidade", "tipo", "periodo", "numero", "vencimento", "descricao", "preco")
COLUMNS = (*REQUIRED, "quantidade", "observacoes")
MAX_ROWS = 5_000
_ONE = ("U0001", "fatura-servicos", "03/2026", "2026-0001", "10/04/2026")
EXAMPLE = (
    (*REQUIRED, "quantidade", "observacoes"),
    (*_ONE, "Serviços de limpeza", "12.500,00", "1", ""),
    (*_ONE, "Hora extraordinária", "48,90", "7,5", ""),
)

Identity = tuple[int, int, date, str]


@dataclass(frozen=True)
class RowError:
    """What is wrong in a spreadsheet, where: its row and its column."""

    line: int
    column: str
    value: str
    message: str


@dataclass
class _Group:
    """The rows of one invoice."""

    unit: Unit
    type: DocumentType
    period: date
    number: str
    due_date: date
    notes: str
    line: int
    items: list[Item]


def import_drafts(
    stream: BinaryIO, *, by: User, request: HttpRequest | None = None
) -> tuple[list[InvoiceDraft], list[RowError]]:
    """One draft per unit, type, period and number; all of the file or, with errors, nothing.

    Raises ValidationError for a file that cannot be read as a spreadsheet.
    """
    rows = _read(stream)
    errors: list[RowError] = []
    groups = _groups(rows, errors)
    _refuse_known(groups, errors)
    if errors:
        return [], sorted(errors, key=lambda e: (e.line, e.column))
    with transaction.atomic():
        drafts = [_import_one(group, by) for group in groups.values()]
        record("draft.imported", actor=by, request=request, data={"drafts": len(drafts)})
    return drafts, []


def _read(stream: BinaryIO) -> list[ManifestRow]:
    rows: list[ManifestRow] = []
    for row in read(stream, known=COLUMNS, required=REQUIRED):
        rows.append(row)
        if len(rows) > MAX_ROWS:
            raise ValidationError(
                _("The file has more than %(count)s rows; split it.") % {"count": MAX_ROWS}
            )
    if not rows:
        raise ValidationError(_("The file has no rows below its header."), code="empty")
    return rows


def _import_one(group: _Group, by: User) -> InvoiceDraft:
    draft = InvoiceDraft.objects.create(
        unit=group.unit, type=group.type, period=group.period, number=group.number,
        due_date=group.due_date, notes=group.notes, created_by=by,
    )  # fmt: skip
    add_items(draft, group.items)
    return draft


def _groups(rows: list[ManifestRow], errors: list[RowError]) -> dict[Identity, _Group]:
    units, types = units_by_code(rows), types_by_name()
    groups: dict[Identity, _Group] = {}
    for row in rows:
        before = len(errors)
        parsed = _Row(row, errors)
        group, item = parsed.head(units, types), parsed.item()
        if group is None or item is None or len(errors) > before:
            continue
        key = (group.unit.pk, group.type.pk, group.period, group.number)
        first = groups.setdefault(key, group)
        if first.due_date != group.due_date:
            parsed.wrong(
                "vencimento",
                _("Row %(line)s of the same invoice has another due date.") % {"line": first.line},
            )
        if len(first.items) >= MAX_ITEMS:
            parsed.wrong(
                "numero", _("This invoice has more than %(count)s lines.") % {"count": MAX_ITEMS}
            )
        first.items.append(item)
        first.notes = first.notes or group.notes
    return groups


def _refuse_known(groups: dict[Identity, _Group], errors: list[RowError]) -> None:
    """A draft of the same invoice that waits already is not overwritten."""
    drafts = InvoiceDraft.objects.filter(
        status=InvoiceDraft.Status.DRAFT, number__in={group.number for group in groups.values()}
    )
    for identity in drafts.values_list("unit", "type", "period", "number"):
        if group := groups.get(identity):
            message = _("There is already a draft of this invoice.")
            errors.append(RowError(group.line, "numero", group.number, message))


class _Row:
    """One row of the spreadsheet, read column by column; what is wrong goes to ``errors``."""

    def __init__(self, row: ManifestRow, errors: list[RowError]) -> None:
        self._row, self._errors = row, errors
        for column, cell in row.formulas.items():
            self.wrong(
                column, _("Cell %(cell)s holds a formula; paste its value.") % {"cell": cell}
            )

    def wrong(self, column: str, message: str) -> None:
        self._errors.append(RowError(self._row.line, column, self._text(column), message))

    def _text(self, column: str) -> str:
        return self._row.values.get(column, "")

    def _parse(self, column: str, parse: Any) -> Any:
        try:
            return parse(self._text(column))
        except ValidationError as error:
            self.wrong(column, error.messages[0])
            return None

    def head(self, units: dict[str, Unit], types: dict[str, DocumentType]) -> _Group | None:
        unit, type_ = (
            units.get(self._text("unidade").upper()),
            types.get(self._text("tipo").casefold()),
        )
        if unit is None:
            self.wrong("unidade", _("There is no unit with this code."))
        elif not (unit.is_active and unit.company.is_active):
            self.wrong("unidade", _("This unit is not active."))
        if type_ is None or type_.kind != DocumentType.Kind.INVOICE:
            codes = sorted({t.code for t in types.values() if t.kind == DocumentType.Kind.INVOICE})
            self.wrong(
                "tipo", _("Unknown type; known are: %(types)s.") % {"types": ", ".join(codes)}
            )
        period = self._parse("periodo", parse_period)
        due_date = self._parse("vencimento", parsers.day())
        number = self._text("numero")
        if not 1 <= len(number) <= 40:
            self.wrong("numero", _("Enter a number of 1 to 40 characters."))
        if unit is None or type_ is None or period is None or due_date is None:
            return None
        return _Group(
            unit, type_, period, number, due_date, self._text("observacoes"), self._row.line, []
        )

    def item(self) -> Item | None:
        description = self._text("descricao")
        if not 1 <= len(description) <= 200:
            self.wrong("descricao", _("Enter a description of 1 to 200 characters."))
        quantity = self._parse("quantidade", parse_quantity) if self._text("quantidade") else 1000
        price = self._parse("preco", parse_cents)
        if quantity is None or price is None:
            return None
        return Item(description, quantity, price)


# The file to fill in


def template_csv() -> bytes:
    """In the way that spreadsheets in Portuguese expect: semicolons, and a mark for UTF-8."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(EXAMPLE)
    return text.getvalue().encode("utf-8-sig")


def template_xlsx() -> bytes:
    """Every cell as text, so that the program does not guess at dates and amounts."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "faturas"
    for row in EXAMPLE:
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in sheet.columns:
        letter = getattr(column[0], "column_letter", "A")
        sheet.column_dimensions[letter].width = max(len(str(c.value or "")) for c in column) + 3
        sheet.column_dimensions[letter].number_format = "@"
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()
