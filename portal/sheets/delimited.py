"""The rows of a CSV file, in the ways that spreadsheets write it.

Nothing is guessed where a guess could change a value: quotes that do not match, bytes of no known
encoding and rows wider than the header are errors.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.sheets.cells import RawRow, not_a_sheet, tidy
from portal.sheets.formulas import unguarded

DELIMITERS = ";,\t"
_LOOKED_AT = 20  # rows at the start, to find the delimiter
_SCANNED = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR_LINE = re.compile(r'"?sep=([^\w\s"\']|\t)"?\s*', re.IGNORECASE)

Score = Callable[[list[str]], int]


def rows_of(stream: BinaryIO, score: Score) -> Iterator[RawRow]:
    """The rows, numbered from 1; a first line ``sep=;`` is none.

    The delimiter is that with which the best of the first rows has the highest ``score``, else
    that which cuts all of them into most cells, unless the file names it. Raises ValidationError for what is no such file, before or between rows.
    """
    text = io.TextIOWrapper(stream, encoding=_encoding(stream), newline="")
    try:
        named = _SEPARATOR_LINE.fullmatch(text.readline(100))
        skipped = 1 if named else 0
        delimiter = named[1] if named else _delimiter(text, score)
        text.seek(0)
        lines = islice(text, skipped, None)
        yield from _records(lines, delimiter, skipped)
    finally:
        if not stream.closed:
            text.detach()


def _records(lines: Iterator[str], delimiter: str, skipped: int) -> Iterator[RawRow]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number, first_line = 0, 0
    try:
        for cells in reader:
            number += 1
            first_line = reader.line_num
            texts = [unguarded(tidy(cell)) for cell in cells]
            tidied = [i for i, text in enumerate(texts) if text and text != cells[i]]
            yield RawRow(number, texts, {}, [], tidied)
    except csv.Error as error:
        raise ValidationError(
            _("The quotation marks do not match from line %(line)s of the file on.")
            % {"line": first_line + skipped + 1},
            code="quotes",
        ) from error


def _delimiter(text: io.TextIOWrapper, score: Score) -> str:
    def best(delimiter: str) -> tuple[int, int]:
        text.seek(0)
        rows = [cells for cells in islice(_leniently(text, delimiter), _LOOKED_AT) if cells]
        return max(map(score, rows), default=0), min(map(len, rows), default=0)

    return max(DELIMITERS, key=best)


def _leniently(text: io.TextIOWrapper, delimiter: str) -> Iterator[list[str]]:
    """Rows as far as they can be read; what is wrong is told when they are read in earnest."""
    try:
        yield from csv.reader(text, delimiter=delimiter)
    except csv.Error:
        return


def _encoding(stream: BinaryIO) -> str:
    """UTF-8 or UTF-16 where that is what it is, else Windows-1252; all of it is looked at.

    Raises ValidationError for bytes that no text has, and for two encodings in one file.
    """
    start = stream.read(4)
    name = next((name for mark, name in _BOMS if start.startswith(mark)), "")
    if not name and start.count(0) == 2:  # UTF-16 without its mark
        name = "utf-16-le" if start[1:4:2] == b"\0\0" else "utf-16-be"
    line, plain_so_far = _first_bad_line(stream, name or "utf-8")
    if line and plain_so_far and not name:
        name = "cp1252"
        line, _plain = _first_bad_line(stream, name)
    if line:
        raise ValidationError(
            _("Line %(line)s has characters that cannot be read: save the file as “CSV UTF-8”.")
            % {"line": line},
            code="encoding",
        )
    return name or "utf-8"


def _first_bad_line(stream: BinaryIO, encoding: str) -> tuple[int, bool]:
    """The first line that is not in this encoding (0: none); whether all before it is ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, plain = 1, True
    stream.seek(0)
    try:
        while chunk := stream.read(_SCANNED):
            text = decoder.decode(chunk)
            line += _count_lines(text)
            plain = plain and text.isascii()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "ignore")
        return line + _count_lines(before), plain and before.isascii()
    finally:
        stream.seek(0)
    return 0, plain


def _count_lines(text: str) -> int:
    if "\0" in text:
        raise not_a_sheet()
    return text.count("\n")
