"""CSV and XLSX files from declared columns, row by row in constant memory, and templates."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from portal.money import format_cents
from portal.periods import format_period
from portal.sheets.columns import Column, Kind
from portal.sheets.formulas import guarded, looks_like_formula

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_CHUNK = 1 << 16
_LONGEST = 32_767  # characters of a cell
_TOO_LONG = 10**15  # a number cell keeps 15 digits
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f]")  # in XML; of no use in CSV
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
_FORMATS = {
    Kind.TEXT: "General", Kind.INTEGER: "0", Kind.MONEY: "#,##0.00", Kind.DAY: "dd/mm/yyyy",
    Kind.MONTH: "mm/yyyy", Kind.INSTANT: "dd/mm/yyyy hh:mm:ss",
}  # fmt: skip
_WIDTHS = {
    Kind.TEXT: 24, Kind.INTEGER: 10, Kind.MONEY: 14, Kind.DAY: 12, Kind.MONTH: 10, Kind.INSTANT: 20,
}  # fmt: skip

Values = Sequence[Any]


def write_csv(columns: Sequence[Column], rows: Iterable[Values]) -> Iterator[bytes]:
    """A file as Brazilian spreadsheets open it: ``;``, UTF-8 with its mark, CRLF.

    Each row has a value for each column, None for an empty cell.
    """
    header = [guarded(column.header) for column in columns]
    return _csv(header, [_TEXTS[column.kind] for column in columns], rows)


def _csv(
    header: list[str], formats: list[Callable[[Any], str]], rows: Iterable[Values]
) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    out.write("\ufeff")
    writer.writerow(header)
    for row in rows:
        writer.writerow(
            ["" if v is None else text(v) for text, v in zip(formats, row, strict=True)]
        )
        if out.tell() >= _CHUNK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _plain(value: Any) -> str:
    return _FORBIDDEN.sub("", str(value))


def _naive(instant: datetime) -> datetime:
    return timezone.localtime(instant).replace(tzinfo=None)


_TEXTS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: lambda value: guarded(_plain(value)),
    Kind.INTEGER: str,
    Kind.MONEY: format_cents,
    Kind.DAY: lambda value: f"{value:%d/%m/%Y}",
    Kind.MONTH: format_period,
    Kind.INSTANT: lambda value: f"{_naive(value):%d/%m/%Y %H:%M:%S}",
}


def write_xlsx(
    columns: Sequence[Column], rows: Iterable[Values], output: IO[bytes], *, title: str = ""
) -> None:
    """A workbook with real dates and numbers. Text is never a formula, and is not changed."""
    book = Workbook(write_only=True)
    sheet = _sheet(book, columns, title)
    cells = [_Cell(sheet, column.kind) for column in columns]
    for row in rows:
        sheet.append([cell.of(value) for cell, value in zip(cells, row, strict=True)])
    book.save(output)


def _sheet(
    book: Workbook, columns: Sequence[Column], title: str, *, new_cells: str = "General"
) -> Any:
    """A sheet with its header. ``new_cells`` is the format of cells that a person fills."""
    sheet: Any = book.create_sheet(_FORBIDDEN_IN_TITLE.sub(" ", title)[:31] or None)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        shape = sheet.column_dimensions[get_column_letter(number)]
        shape.width = column.width or max(_WIDTHS[column.kind], len(column.header) + 3)
        shape.number_format = new_cells
    header = [WriteOnlyCell(sheet, column.header) for column in columns]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    return sheet


class _Cell:
    """The cells of one column. One is used for every row, because making its style is slow."""

    def __init__(self, sheet: Any, kind: Kind) -> None:
        self._sheet, self._kind = sheet, kind
        self._cell = WriteOnlyCell(sheet)
        self._cell.number_format = _FORMATS[kind]

    def of(self, value: Any) -> Any:
        """What openpyxl writes for this value."""
        if value is None:
            return None
        if self._kind == Kind.TEXT or (self._kind == Kind.INTEGER and abs(value) >= _TOO_LONG):
            return _text_cell(self._sheet, _plain(value)[:_LONGEST])
        if self._kind == Kind.MONEY:
            value = value / 100
        elif self._kind == Kind.INSTANT:
            value = _naive(value)
        self._cell.value = value
        return self._cell


def _text_cell(sheet: Any, text: str) -> Any:
    """Text that stays text, also when a person edits the cell: what starts like a formula too."""
    if not looks_like_formula(text) and not text.startswith("#"):  # openpyxl: "#N/A" is an error
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def template(columns: Sequence[Column], examples: Iterable[Values], extension: str) -> bytes:
    """A file to fill in: the headers and rows of text. ``extension`` is ``csv`` or ``xlsx``.

    In the workbook every cell is text, so that the program does not guess at dates and amounts.
    """
    as_text = [Column(column.name, label=column.label, width=column.width) for column in columns]
    if extension == "csv":
        return b"".join(write_csv(as_text, examples))
    book = Workbook(write_only=True)
    sheet = _sheet(book, as_text, "", new_cells="@")
    for row in examples:
        cells = [WriteOnlyCell(sheet, str(value)) for value in row]
        for cell in cells:
            cell.data_type, cell.number_format = "s", "@"
        sheet.append(cells)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()
