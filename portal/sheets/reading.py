"""``read``: the rows of a CSV or XLSX file by declared columns, one at a time.

Whatever is wrong with the file as a whole is a ValidationError. Whatever is wrong with a cell is
told with its row and column, all of it at once.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal import sandbox
from portal.sheets import delimited, workbook
from portal.sheets.cells import RawRow, not_a_sheet
from portal.sheets.columns import CellError, Column, Row, key_of

MAX_ROWS = 100_000
# 100,000 rows of 7 columns take 80 MB and 3 s of processor.
_LIMITS = sandbox.Limits(memory=320 * 1024**2, cpu_seconds=20, wall_seconds=120)
_HEADER_WITHIN = 20  # rows; titles may stand above it
_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_PASSWORD_MARK = "EncryptedPackage".encode("utf-16-le")


def read(stream: BinaryIO, columns: Sequence[Column], *, max_rows: int = MAX_ROWS) -> Iterator[Row]:
    """The rows below the header that are not empty; other columns of the file are ignored.

    The stream must be seekable. Raises ValidationError at once for what is no spreadsheet, and
    for a header that lacks a required column or has one twice; for more than ``max_rows`` rows
    and for quotes that do not match when they are reached.
    """
    asked = any(column.as_text or column.exact for column in columns)
    rows, is_xlsx = _open(stream, _names(columns), max_rows, tell_kinds=asked)
    header, rest = _header(rows, _names(columns))
    places = _places(header, columns)
    width = None if is_xlsx else len(header.texts)
    return _read(_short(rest, header.line, max_rows), columns, places, width)


def cells(stream: BinaryIO, *, max_rows: int = MAX_ROWS) -> Iterator[RawRow]:
    """All rows that are not empty, of a file without declared columns; refusals as in ``read``."""
    rows, _is_xlsx = _open(stream, {}, max_rows)
    return _short(rows, 0, max_rows)


def _read(
    rows: Iterator[RawRow], columns: Sequence[Column], places: dict[str, int], width: int | None
) -> Iterator[Row]:
    for raw in rows:
        texts = {c.name: _at(raw.texts, places.get(c.name)) for c in columns}
        problems = {n: raw.problems[i] for n, i in places.items() if i in raw.problems}
        is_wide = width is not None and any(raw.texts[width:])
        if any(texts.values()) or problems or is_wide:
            row = Row(raw.line, texts, {}, [])
            if is_wide:
                row.errors.append(CellError("", _too_wide(len(raw.texts), width or 0)))
            numbers = {n for n, i in places.items() if i in raw.numbers}
            _parse(
                row, columns, problems, numbers, {n for n, i in places.items() if i in raw.tidied}
            )
            yield row


def _at(texts: list[str], place: int | None) -> str:
    return texts[place] if place is not None and place < len(texts) else ""


def _parse(
    row: Row, columns: Sequence[Column], problems: dict[str, str], numbers: set[str],
    tidied: set[str],
) -> None:  # fmt: skip
    for column in columns:
        if column.name in problems:
            row.errors.append(CellError(column.name, problems[column.name]))
            continue
        if column.as_text and column.name in numbers:
            row.errors.append(CellError(column.name, _as_number()))
            continue
        if column.exact and column.name in tidied:
            row.errors.append(CellError(column.name, _not_exact()))
            continue
        try:
            row.values[column.name] = column.value_of(row.texts[column.name])
        except ValidationError as error:
            row.errors.append(CellError(column.name, error.messages[0]))


def _short(rows: Iterator[RawRow], header: int, max_rows: int) -> Iterator[RawRow]:
    """The rows that are not empty. ValidationError when they reach too far below the header."""
    for row in rows:
        if not any(row.texts) and not row.problems:
            continue
        if row.line > header + max_rows:
            raise ValidationError(
                _("The file has more than %(count)s rows; split it.")
                % {"count": number_format(max_rows, force_grouping=True)},
                code="too_many_rows",
            )
        yield row


# The kind of file, and its header


def _open(
    stream: BinaryIO, names: dict[str, str], max_rows: int, *, tell_kinds: bool = False
) -> tuple[Iterator[RawRow], bool]:
    """All rows, and whether they are of an XLSX file."""
    stream.seek(0)
    start = stream.read(len(_OLE))
    stream.seek(0)
    if start.startswith(_ZIP):
        packed = sandbox.run(workbook.packed_rows, stream, max_rows, tell_kinds, limits=_LIMITS)
        return workbook.unpacked(packed), True
    if start.startswith(_OLE):
        raise _old_or_locked(stream)
    if start.startswith(_PDF):
        raise not_a_sheet()
    return delimited.rows_of(stream, lambda texts: len(_named(texts, names))), False


def _old_or_locked(stream: BinaryIO) -> ValidationError:
    if _PASSWORD_MARK in stream.read():
        message = _("This spreadsheet has a password: save it without one.")
        return ValidationError(message, code="password")
    return ValidationError(_("Save this spreadsheet as XLSX or CSV."), code="old_format")


def _names(columns: Sequence[Column]) -> dict[str, str]:
    """The name of the column that each header stands for."""
    return {key: column.name for column in columns for key in column.header_keys}


def _named(texts: list[str], names: dict[str, str]) -> list[str]:
    return [names[key] for text in texts if (key := key_of(text)) in names]


def _header(rows: Iterator[RawRow], names: dict[str, str]) -> tuple[RawRow, Iterator[RawRow]]:
    """The first of the rows that name most columns, and the rows below it."""
    first = list(islice((row for row in rows if any(row.texts)), _HEADER_WITHIN))
    if not first:
        raise ValidationError(_("The file is empty."), code="empty")
    at = max(range(len(first)), key=lambda i: len(_named(first[i].texts, names)))
    return first[at], chain(first[at + 1 :], rows)


def _places(header: RawRow, columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands. ValidationError for one that is missing or comes twice."""
    names = _names(columns)
    found: dict[str, int] = {}
    for i, text in enumerate(header.texts):
        name = names.get(key_of(text))
        if name in found:
            raise ValidationError(
                _("The column “%(column)s” appears twice.") % {"column": text},
                code="repeated_column",
            )
        if name is not None:
            found[name] = i
    missing = [column.header for column in columns if column.required and column.name not in found]
    if missing:
        raise ValidationError(
            _("The file lacks these columns: %(columns)s. Its first row must name them.")
            % {"columns": ", ".join(missing)},
            code="missing_column",
        )
    return found


def _as_number() -> str:
    return _(
        "This cell holds a number, and a spreadsheet drops zeros in front of it: format the column "
        "as text and enter it again."
    )


def _not_exact() -> str:
    return _(
        "A spreadsheet does not keep this text as it was typed (a blank at its beginning or end, an "
        "apostrophe in front, a date): enter it by the form."
    )


def _too_wide(count: int, width: int) -> str:
    message = _(
        "This row has %(count)s cells and the header %(width)s: put text that contains the"
        " separator between quotation marks."
    )
    return message % {"count": count, "width": width}
