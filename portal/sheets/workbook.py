"""The rows of an XLSX file: of its first visible sheet, as a person sees them.

``packed_rows`` parses a stranger's file and knows nothing of the portal, so that it can run in
the sandbox. Its answer is compressed: 100,000 rows cross in about 2 MB, and are read one by one.
"""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from python_calamine import CalamineWorkbook

from portal.sandbox import answered
from portal.sheets.cells import RawRow, damaged, not_a_sheet, tidy

MAX_COLUMNS = 100
_MAX_BYTES = 400 * 1024**2  # unpacked
_MAX_PART = 4 * 1024**2  # of the parts that name the sheets
_ROOM = 1_000  # rows above the header and between the others
_TOO_LONG = 10**15  # a number cell keeps 15 digits
_CHUNK, _CELL_TAG = 1 << 20, 4096
_NUMBERS = frozenset({int, float})
_FORMULA, _DIGITS = "=", "…"  # marks of cells; any other is the error shown

_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*(?<!/)>\s{0,20}(?!</)"""
    rb"""(?:(<(?:\w+:)?f[\s/>])|<(?:\w+:)?v>(\#[^<]{1,20})<)?"""
)
# Part of a cell that is an error or far out, as most programs write it.
_ATTRIBUTE_THAT_TELLS = re.compile(rb"""="(?:e"|[A-Z]{2,3}[0-9]|[A-Z][0-9]{6})""")
_IS_ERROR = re.compile(rb"""\st=["']e["']""")


def packed_rows(stream: BinaryIO, max_rows: int, tell_kinds: bool = False) -> bytes:
    """The rows as compressed lines of JSON, for ``unpacked``; with which cells hold a number or
    were tidied, if ``tell_kinds``. Raises ValidationError."""
    out = io.BytesIO()
    packer = gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0)
    with answered(damaged), packer, io.BufferedWriter(packer, _CHUNK) as lines:
        for row in _rows(stream, max_rows, tell_kinds=tell_kinds):
            lines.write(_line(row).encode() + b"\n")
    return out.getvalue()


def unpacked(packed: bytes) -> Iterator[RawRow]:
    """The rows that ``packed_rows`` has found."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as lines:
        for line in lines:
            number, texts, problems, *kinds = json.loads(line)
            wrong = {int(i): str(message) for i, message in problems.items()}
            numbers, tidied = (list(map(int, places)) for places in kinds)
            yield RawRow(int(number), [str(text) for text in texts], wrong, numbers, tidied)


def _rows(stream: BinaryIO, max_rows: int, *, tell_kinds: bool) -> Iterator[RawRow]:
    index, path = _first_visible_sheet(stream)
    marks = _scan(stream, path, max_rows + _ROOM)
    stream.seek(0)
    sheet = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(index)
    # calamine counts rows from the top of the sheet, columns from the first in use.
    left = sheet.start[1] if sheet.start else 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        problems = {i - left: _problem(i, number, m) for i, m in marks.pop(number, {}).items()}
        for i, cell in enumerate(cells):
            if type(cell) is float and abs(cell) >= _TOO_LONG:
                problems.setdefault(i, _problem(i + left, number, _DIGITS))
        texts = [c.strip() if type(c) is str and c.isprintable() else _shown(c) for c in cells]
        numbers = [i for i, c in enumerate(cells) if type(c) in _NUMBERS] if tell_kinds else []
        pairs = enumerate(zip(cells, texts, strict=True)) if tell_kinds else ()
        yield RawRow(number, texts, problems, numbers, [i for i, (c, t) in pairs if t and t != c])


def _problem(column: int, row: int, mark: str) -> str:
    if mark == _FORMULA:
        message = _("Cell %(cell)s holds a formula; paste its value.")
    elif mark == _DIGITS:
        message = _(
            "Cell %(cell)s holds a number of more than 15 digits, and the spreadsheet has lost the"
            " last ones: format the column as text and enter it again."
        )
    else:
        message = _("Cell %(cell)s holds the error %(error)s.")
    return message % {"cell": f"{_letters(column)}{row}", "error": mark}


def _shown(cell: Any) -> str:
    """A cell as text."""
    if isinstance(cell, str):
        return tidy(cell)
    if isinstance(cell, bool):
        return "VERDADEIRO" if cell else "FALSO"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else _digits(cell)
    if isinstance(cell, datetime) and cell.time() != time():
        return f"{cell:%d/%m/%Y %H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
    return str(cell)


def _digits(number: float) -> str:
    """15 digits, as in Excel, and a comma: ``1.234`` would be read as one thousand."""
    text = f"{number:.15g}"
    return (format(Decimal(text), "f") if "e" in text else text).replace(".", ",")


# What calamine does not tell: formulas, errors, and cells absurdly far out


def _scan(stream: BinaryIO, path: str, last_row: int) -> dict[int, dict[int, str]]:
    """What is wrong with cells, by row number and column index, found before the sheet is loaded.

    Raises ValidationError for a cell far outside: for a single one at XFD1048576 a reader would
    make the whole grid.
    """
    marks: dict[int, dict[int, str]] = {}
    with zipfile.ZipFile(stream) as book, book.open(path) as sheet:
        for letters, digits, mark in _cells(sheet):
            row, column = int(digits), _column_index(letters)
            if column >= MAX_COLUMNS or row > last_row:
                raise ValidationError(
                    _("There is a cell too far out: %(cell)s. Delete it, or split the file."),
                    code="far_out", params={"cell": f"{letters}{row}"},
                )  # fmt: skip
            if mark:
                marks.setdefault(row, {})[column] = mark
    return marks


def _cells(sheet: IO[bytes]) -> Iterator[tuple[str, str, str]]:
    """Column letters, row digits and mark of each cell that is not empty."""
    data = b""
    while chunk := sheet.read(_CHUNK):
        data += chunk
        end = 0
        for match in _CELL.finditer(data) if _may_tell(data) else ():
            # A cell cut at the end of the chunk is read with the next one.
            if match.end() > len(data) - 100:
                break
            end = match.end()
            yield _cell(match)
        data = data[max(end, len(data) - _CELL_TAG) :]
    for match in _CELL.finditer(data):
        yield _cell(match)


def _may_tell(data: bytes) -> bool:
    """Whether cells in here may have something to tell; most have not, and this is quick."""
    if any(part in data for part in (b"<f", b":f", b"='")):
        return True
    return _ATTRIBUTE_THAT_TELLS.search(data) is not None


def _cell(match: re.Match[bytes]) -> tuple[str, str, str]:
    mark = ""
    if match[3]:
        mark = _FORMULA
    elif match[4] and _IS_ERROR.search(match[0]):
        mark = match[4].decode("utf-8", "replace")
    return match[1].decode(), match[2].decode(), mark


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _letters(column: int) -> str:
    first, last = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def _first_visible_sheet(stream: BinaryIO) -> tuple[int, str]:
    """Its place in the workbook, and its path inside the file."""
    with zipfile.ZipFile(stream) as book:
        if "xl/workbook.xml" not in book.namelist():
            raise not_a_sheet()
        if sum(info.file_size for info in book.infolist()) > _MAX_BYTES:
            raise ValidationError(_("The spreadsheet is too large once unpacked."), code="bomb")
        sheets = _SHEET.findall(_part(book, "xl/workbook.xml"))
        relations = _RELATION.findall(_part(book, "xl/_rels/workbook.xml.rels"))
    targets = {
        _attribute(tag, "Id"): _attribute(tag, "Target")
        for tag in relations
        if _attribute(tag, "Type").endswith("/worksheet")
    }
    for index, tag in enumerate(sheets):
        target = targets.get(_attribute(tag, "id"))
        if target and _attribute(tag, "state") in ("", "visible"):
            return index, target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise ValidationError(_("The spreadsheet has no visible sheet."), code="no_sheet")


def _part(book: zipfile.ZipFile, name: str) -> str:
    with book.open(name) as part:
        return part.read(_MAX_PART).decode("utf-8", "replace")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""[\s:]{name}=["']([^"']*)["']""", tag)
    return found[1] if found else ""
