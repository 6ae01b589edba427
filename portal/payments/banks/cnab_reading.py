"""Reads return files, CNAB 240 and 400: bytes of a bank in, events out, in constant memory.

Pure, so that it can run in ``portal.sandbox``. ``cnab_survey.survey`` looks a whole file over
first and refuses one that is cut; ``packed_part`` then reads it part by part.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.payments.banks.cnab_tables import (
    CAIXA,
    ITAU,
    TABLES,
    Meaning,
    Place,
    ReturnTable,
)

PART = 1 << 20  # bytes read at once
BOM = b"\xef\xbb\xbf"
_WAITING = 5_000
_BETWEEN = "\x1f"  # between the fields of a packed event
Fields = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Events, packed for the way between processes, and where the next part begins: the byte,
    and the number of lines before it."""

    packed: str
    offset: int
    line: int
    is_last: bool


class ReturnEvent(NamedTuple):
    """What a bank says of one slip. Amounts in cents; ``number`` has digits only.

    ``line`` is the physical line of the file. ``number`` is the bank's, without its check digit
    where that has a fixed place. ``paid`` is what the payer paid, fee included.
    """

    line: int
    movement: str
    number: str
    document: str
    reasons: str
    occurred_on: date | None
    credited_on: date | None
    face: int
    paid: int
    net: int
    fee: int
    interest: int
    pix: str = ""


def unpacked(packed: str) -> Iterator[ReturnEvent]:
    """The events of a part."""
    for line in packed.split("\n") if packed else ():
        text = line.split(_BETWEEN)
        yield ReturnEvent(
            int(text[0]), text[1], text[2], text[3], text[4], _iso(text[5]), _iso(text[6]),
            int(text[7]), int(text[8]), int(text[9]), int(text[10]), int(text[11]), text[12],
        )  # fmt: skip


@lru_cache(maxsize=1024)
def _iso(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def packed_part(file: BinaryIO, bank: str, width: int, offset: int, line: int) -> Part:
    """The events of about the next ``PART`` bytes of a file that ``survey`` has looked over.

    ``offset`` and ``line`` are those of the part before. Raises ValidationError for a damaged line.
    """
    file.seek(0)
    is_utf8 = file.read(len(BOM)) == BOM
    reader = (_Segments if width == 240 else _Details)(TABLES[bank, width], is_utf8, line)
    file.seek(offset)
    events: list[str] = []
    block = file.readlines(PART)
    size = sum(map(len, block))
    for raw in block:
        events += reader.read(raw)
    is_last = size < PART
    while reader.waiting and reader.wants(raw := file.readline()):
        size += len(raw)
        events += reader.read(raw)
    events += reader.left_over()
    return Part(packed="\n".join(events), offset=offset + size, line=reader.line, is_last=is_last)


class _Reader:
    """Turns lines into packed events. ``waiting`` holds those of which another line may come."""

    def __init__(self, table: ReturnTable, is_utf8: bool, line: int) -> None:
        self.table, self.is_utf8, self.line = table, is_utf8, line
        self.waiting: dict[tuple[str, str], tuple[int, Fields]] = {}
        self.first, self.second = _cutter(table.first), _cutter(table.second)

    def text(self, raw: bytes) -> str:
        return text_of(raw, self.is_utf8, self.table.width)

    def event(self, line: int, fields: Fields, pix: str = "") -> str:
        try:
            values = _values(self.table, fields)
        except ValueError:
            raise self.damaged(_("an amount is no number"), line) from None
        return _BETWEEN.join((str(line), *values, pix))

    def damaged(self, why: str, line: int = 0) -> ValidationError:
        return ValidationError(
            _("Line %(line)s is damaged: %(why)s. Fetch the file from the bank again.")
            % {"line": line or self.line, "why": why},
            code="damaged",
        )


class _Segments(_Reader):
    """CNAB 240: a segment T waits for its U, which has the next number in the same lot."""

    def wants(self, raw: bytes) -> bool:
        return bool(raw)

    def read(self, raw: bytes) -> Iterable[str]:
        self.line += 1
        if raw[7:8] == b"5":
            return self.left_over()
        segment = raw[13:14] if raw[7:8] == b"3" else b""
        if segment == b"T":
            if len(self.waiting) >= _WAITING:
                raise self.damaged(_("too many segments T without their U"))
            line = self.text(raw)
            if (line[3:7], line[8:13]) in self.waiting:
                raise self.damaged(_("two segments T with one number"))
            self.waiting[line[3:7], line[8:13]] = (self.line, self.first(line))
        elif segment == b"U":
            line = self.text(raw)
            number, fields = self._first_half(line[3:7], line[8:13])
            return (self.event(number, fields | self.second(line)),)
        return ()

    def _first_half(self, lot: str, at: str) -> tuple[int, Fields]:
        before = str(int(at) - 1).zfill(5) if at.isdecimal() else at
        found = self.waiting.pop((lot, before), None) or self.waiting.pop((lot, at), None)
        if found is None:
            raise self.damaged(_("a segment U without its T"))
        return found

    def left_over(self) -> list[str]:
        """Events of one segment only. ValidationError when the missing one has the amount."""
        for line, fields in self.waiting.values():
            if self.table.meanings.get(fields["movement"]) == Meaning.PAID:
                raise self.damaged(_("a payment without its segment U"), line)
        events = [self.event(line, fields) for line, fields in self.waiting.values()]
        self.waiting.clear()
        return events


class _Details(_Reader):
    """CNAB 400. At Itaú a record 3 with the text of its Pix may follow a detail."""

    def wants(self, raw: bytes) -> bool:
        return raw[:1] == b"3"

    def read(self, raw: bytes) -> Iterable[str]:
        self.line += 1
        kind = raw[:1].decode("latin-1")
        if self.waiting and kind == "3":
            line = self.text(raw)
            number, fields = self.waiting.popitem()[1]
            pix = "" if line[391:394].strip("0 ") else plain(line[1:391])
            return (self.event(number, fields, pix),)
        events = self.left_over()
        if kind == self.table.detail:
            fields = self.first(self.text(raw))
            if self.table.bank != ITAU:
                return (self.event(self.line, fields),)
            self.waiting["", ""] = (self.line, fields)
        return events

    def left_over(self) -> list[str]:
        """The detail of whose Pix nothing is said."""
        events = [self.event(line, fields) for line, fields in self.waiting.values()]
        self.waiting.clear()
        return events


def _values(table: ReturnTable, fields: Fields) -> tuple[str, ...]:
    """The fields of an event, in the order of ``ReturnEvent``. ValueError for a bad amount."""
    get = fields.get
    face, interest = _cents(fields["face"]), _cents(get("interest", ""))
    paid, fee = _cents(get("paid", "")), _cents(fields["fee"])
    net = _cents(get("net", ""))
    if table.paid_is_net:
        net = paid
        # Where the fee is charged by itself, the net amount is the whole one.
        paid = net if not net or net in (face, face + interest) else net + fee
    elif not net and paid:
        net = paid - min(fee, paid)
    return (
        plain(fields["movement"]), plain(fields["number"]), plain(fields["document"]),
        _reasons(fields["reasons"], table), _day(get("occurred", "")), _day(get("credited", "")),
        str(face), str(paid), str(net), str(fee), str(interest),
    )  # fmt: skip


def _cents(text: str) -> int:
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal()):
        raise ValueError(text)
    return int(text or 0)


@lru_cache(maxsize=4096)
def _day(text: str) -> str:
    """DDMMAAAA or DDMMAA as ISO 8601; empty for zeros, blanks and what is no date."""
    found = day_of(text)
    return found.isoformat() if found else ""


def day_of(text: str) -> date | None:
    text = text.strip()
    if not (text.isascii() and text.isdecimal()) or len(text) not in (6, 8):
        return None
    year = int(text[4:]) + (2000 if len(text) == 6 else 0)
    try:
        return date(year, int(text[2:4]), int(text[:2]))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _reasons(text: str, table: ReturnTable) -> str:
    """The codes, with blanks between; written from the left or from the right."""
    text = plain(text)
    size = 3 if (table.bank, table.width) == (CAIXA, 400) else 2
    text = text.zfill(-(-len(text) // size) * size)
    codes = (text[at : at + size] for at in range(0, len(text), size))
    return " ".join(code for code in codes if code.strip("0 "))


def plain(text: str) -> str:
    """Without blanks around it, and without characters that nobody prints: NUL and others."""
    text = text.strip()
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _cutter(fields: Mapping[str, Place]) -> Callable[[str], Fields]:
    """A function that cuts these fields out of a line."""
    if not fields:
        return lambda _line: {}
    names = tuple(fields)
    cut = itemgetter(*(slice(start - 1, end) for start, end in fields.values()))
    return lambda line: dict(zip(names, cut(line), strict=True))


def text_of(raw: bytes, is_utf8: bool, width: int) -> str:
    """A line of ``width`` characters, whatever was cut off or added at its right."""
    raw = raw.rstrip(b"\r\n\x1a")
    if is_utf8 or (len(raw) > width and not raw.isascii()):
        try:
            return raw.decode().ljust(width)[:width]
        except UnicodeDecodeError:
            pass
    return raw.decode("latin-1").ljust(width)[:width]
