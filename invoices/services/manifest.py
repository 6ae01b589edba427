"""Reading a manifest: CSV in the ways that spreadsheets write it, or XLSX.

Rows come one at a time, so that a manifest of 100,000 rows costs no more memory than a short one
(calamine holds an XLSX sheet outside Python).
"""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

COLUMNS = ("unidade", "tipo", "periodo", "numero", "valor", "vencimento", "arquivo")
REQUIRED = ("unidade", "tipo", "periodo", "numero", "arquivo")
MAX_ROWS = 100_000
_MAX_XLSX = 400 * 1024**2
_MAX_COLUMNS = 100
_VALUE = 300
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*>(<(?:\w+:)?f[\s>/])?"""
)
_FIRST_SHEET = re.compile(r"""<(?:\w+:)?sheet\s[^>]*?\br?:?id=["']([^"']+)["']""")


@dataclass(frozen=True)
class ManifestRow:
    """One row: its number as the spreadsheet shows it (the header is 1) and its texts by column."""

    line: int
    values: dict[str, str]
    formulas: Mapping[str, str] = field(default_factory=dict)  # column -> cell ("E4")


def read(
    stream: BinaryIO, *, known: tuple[str, ...] = COLUMNS, required: tuple[str, ...] = REQUIRED
) -> Iterator[ManifestRow]:
    """The rows below the header; empty ones are left out. ``known`` are the columns wanted.

    Raises ValidationError, with a message for whoever wrote the manifest, when it cannot be read
    at all, lacks a column or has more than MAX_ROWS rows.
    """
    start = stream.read(4)
    stream.seek(0)
    cells_of, formulas = _xlsx(stream) if start == b"PK\x03\x04" else (_csv(stream), {})
    rows = enumerate(cells_of, 1)
    header = next(
        (cells for _line, cells in rows if any(str(c or "").strip() for c in cells)), None
    )
    if header is None:
        raise ValidationError(_("The manifest is empty."), code="empty")
    columns = _columns(header, known, required)
    for line, cells in rows:
        if line > MAX_ROWS + 1:
            raise ValidationError(
                _("The manifest has more than %(count)s rows; split it.") % {"count": MAX_ROWS}
            )
        values = {
            name: _clean(cells[i], name) if i < len(cells) else "" for name, i in columns.items()
        }
        if any(values.values()):
            named = {n: formulas[line, i] for n, i in columns.items() if (line, i) in formulas}
            yield ManifestRow(line, values, named)


def _columns(
    header: list[Any], known: tuple[str, ...], required: tuple[str, ...]
) -> dict[str, int]:
    """Where each known column stands: case, accents, order and other columns do not matter."""
    found: dict[str, int] = {}
    for i, text in enumerate(header):
        name = _plain(str(text or ""))
        if name in known and name in found:
            raise ValidationError(_("The column “%(column)s” appears twice.") % {"column": name})
        if name in known:
            found[name] = i
    missing = [name for name in required if name not in found]
    if missing:
        raise ValidationError(
            _("The manifest lacks these columns: %(columns)s. Its first row must name them.")
            % {"columns": ", ".join(missing)},
            code="missing_column",
        )
    return found


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _clean(value: Any, column: str) -> str:
    """A cell as text: whole numbers without ``.0``, dates as dd/mm/aaaa (months as mm/aaaa)."""
    if isinstance(value, datetime | date):
        return f"{value:%m/%Y}" if column == "periodo" and value.day == 1 else f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        # With a comma: 1.234 is one and a bit here, and would be read as one thousand.
        exact = repr(round(value, 6)).replace(".", ",")
        text = f"{value:.0f}" if value.is_integer() and column != "valor" else exact
        return f"{value:.2f}" if column == "valor" and round(value, 2) == round(value, 6) else text
    return "".join(c for c in str(value) if c.isprintable()).strip()[:_VALUE]


def _csv(stream: BinaryIO) -> Iterator[list[str]]:
    text = io.TextIOWrapper(stream, encoding=_encoding(stream), newline="")
    try:
        first = text.readline()
        delimiter = max(";,\t", key=first.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter)
        yield from reader
    except (csv.Error, UnicodeError) as error:
        raise ValidationError(
            _("The manifest cannot be read as CSV: %(reason)s") % {"reason": error}
        ) from error
    finally:
        if not stream.closed:
            text.detach()


def _encoding(stream: BinaryIO) -> str:
    """UTF-8 (UTF-16 with its mark) where that is what it is, else Latin-1 as Windows writes it."""
    start = stream.read(4)
    stream.seek(0)
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(65536):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    finally:
        stream.seek(0)
    return "utf-8"


def _xlsx(stream: BinaryIO) -> tuple[Iterator[list[Any]], dict[tuple[int, int], str]]:
    """The first sheet's rows, and its cells with a formula: (row, column index) -> ``E4``."""
    try:
        formulas = _scan(stream)
        stream.seek(0)
        sheet = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
    except (
        zipfile.BadZipFile,
        ZipError,
        CalamineError,
        PasswordError,
        KeyError,
        IndexError,
    ) as error:
        raise ValidationError(_("The manifest cannot be read as a spreadsheet (XLSX).")) from error
    # calamine counts rows from the top of the sheet, columns from the first in use.
    left = sheet.start[1] if sheet.start else 0
    return sheet.iter_rows(), {(row, i - left): cell for (row, i), cell in formulas.items()}


def _scan(stream: BinaryIO) -> dict[tuple[int, int], str]:
    """Look through the first sheet before it is loaded: formulas, and cells absurdly far out.

    A single cell at XFD1048576 would make a reader allocate the whole grid.
    """
    with zipfile.ZipFile(stream) as book:
        if sum(info.file_size for info in book.infolist()) > _MAX_XLSX:
            raise ValidationError(_("The manifest is too large once unpacked."))
        formulas: dict[tuple[int, int], str] = {}
        with book.open(_first_sheet(book)) as sheet:
            for letters, row, formula in _cells(sheet):
                column = _column_index(letters)
                if column >= _MAX_COLUMNS or row > MAX_ROWS + 1:
                    raise ValidationError(
                        _("The manifest has a cell too far out: %(cell)s.")
                        % {"cell": f"{letters}{row}"}
                    )
                if formula and len(formulas) < MAX_ROWS:
                    formulas[row, column] = f"{letters}{row}"
        return formulas


def _cells(sheet: Any) -> Iterator[tuple[str, int, bool]]:
    rest = b""
    while chunk := sheet.read(1 << 20):
        data, end = rest + chunk, 0
        for match in _CELL.finditer(data, 0):
            # A cell cut at the end of the chunk is read with the next one.
            if match.end() > len(data) - 16:
                break
            end = match.end()
            yield match[1].decode(), int(match[2]), bool(match[3])
        rest = data[max(end, len(data) - 4096) :]
    for match in _CELL.finditer(rest):
        yield match[1].decode(), int(match[2]), bool(match[3])


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _first_sheet(book: zipfile.ZipFile) -> str:
    """The path of the workbook's first sheet inside the package."""
    workbook = book.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = book.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    first = _FIRST_SHEET.search(workbook)
    for tag in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", relations):
        if first and re.search(rf"""\bId=["']{re.escape(first[1])}["']""", tag):
            target = re.search(r"""\bTarget=["']([^"']+)["']""", tag)
            path = target[1].lstrip("/") if target else ""
            return path if path.startswith("xl/") else f"xl/{path}"
    raise KeyError("first sheet")
