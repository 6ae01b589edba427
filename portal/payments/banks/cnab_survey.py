"""Looks a return file over from its first to its last line, before any of it is read.

Pure, so that it can run in ``portal.sandbox``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.money import format_brl
from portal.payments.banks.cnab_reading import BOM, PART, day_of, plain, text_of
from portal.payments.banks.cnab_tables import BB, TABLES, Place, ReturnTable

_PADDING = b"\r\n\x1a\x00 \t"
_BLANK = max(_PADDING)


@dataclass(frozen=True, kw_only=True)
class Header:
    """Whose file it is. Digits as written, without leading zeros; empty when it does not say."""

    bank: str
    width: int
    tax_id: str
    code: str
    agency: str
    account: str
    written_on: date | None
    sequence: int


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A whole file: whose it is and how many events are in it. ``doubt``: what does not add up."""

    header: Header
    events: int
    doubt: str = ""


def survey(file: BinaryIO) -> Survey:
    """Look a file over from its first to its last line.

    Raises ValidationError, in plain words, for one that is empty, cut, a remessa, a bank's test,
    or no return file that is known here.
    """
    file.seek(0)
    first = file.readline(4096)
    is_utf8 = first.startswith(BOM)
    first = first.removeprefix(BOM)
    start = text_of(first, is_utf8, 240 if first[3:8] == b"00000" else 400)
    table = _table_of(start)
    file.seek(0)
    detail, doubt = b"", ""
    if table.width == 240:
        events, doubt = _look_over_240(file, table)
    else:
        events, detail = _look_over_400(file, table)
    header = _header(start, text_of(detail, is_utf8, table.width), table)
    return Survey(header=header, events=events, doubt=doubt)


def _table_of(line: str) -> ReturnTable:
    if not line.strip():
        raise ValidationError(_("The file is empty."), code="empty")
    if line[:9] == "02RETORNO":
        bank, width = line[76:79], 400
    elif line[3:8] == "00000" and line[142] == "2":
        bank, width = line[:3], 240
    elif line[:9] == "01REMESSA" or (line[3:8] == "00000" and line[142] == "1"):
        raise ValidationError(
            _("This is a remessa, which goes to the bank. Hand in the return file (retorno)."),
            code="remessa",
        )
    else:
        raise ValidationError(
            _("This is no return file of a bank (CNAB 240 or 400)."), code="not_a_return"
        )
    if (bank, width) not in TABLES:
        raise ValidationError(
            _("CNAB %(width)s return files of bank %(bank)s cannot be read here.")
            % {"width": width, "bank": plain(bank)},
            code="unknown_bank",
        )
    return TABLES[bank, width]


def _header(line: str, detail: str, table: ReturnTable) -> Header:
    """``detail`` is the first one; Bradesco names its account there."""
    get = {name: plain(_cut(line, place)) for name, place in table.header.items()}
    if "account" in table.first:
        get |= {name: plain(_cut(detail, table.first[name])) for name in ("agency", "account")}
    _refuse_test(get.get("use", ""))
    return Header(
        bank=table.bank, width=table.width, tax_id=get.get("tax_id", "").lstrip("0"),
        code=get.get("code", "").lstrip("0"), agency=get.get("agency", "").lstrip("0"),
        account=get.get("account", "").lstrip("0"), written_on=day_of(get.get("written", "")),
        sequence=int(get["sequence"]) if get.get("sequence", "").isdecimal() else 0,
    )  # fmt: skip


def _refuse_test(use: str) -> None:
    if "RETORNO-TESTE" in use:
        raise _test_file()
    if use.startswith("REMESSA") and "REJEITADA" in use:
        raise ValidationError(
            _("The bank says here that it refused a whole remessa. Mark that one as refused."),
            code="remessa_refused",
        )


def _test_file() -> ValidationError:
    return ValidationError(
        _("This is a test file of the bank: nothing that it says was paid."), code="test"
    )


@dataclass(kw_only=True)
class _Lot:
    """A lot as far as it was read: its lines, and its titles with their sum in cents."""

    lines: int = 1
    titles: int = 0
    cents: int = 0


def _look_over_240(file: BinaryIO, table: ReturnTable) -> tuple[int, str]:
    """How many events a file has, and the doubt about its lots. ValidationError when it is cut."""
    events = count = 0
    told, ended, lot, doubt = b"", False, _Lot(), ""
    open_lot = False
    first, last = table.first["face"]
    for raw in _lines(file):
        _refuse_more(ended)
        count, lot.lines = count + 1, lot.lines + 1
        kind = raw[7:8]
        if kind == b"3":
            if raw[13:14] == b"T":
                events, lot.titles = events + 1, lot.titles + 1
                lot.cents += _number(raw[first - 1 : last])
        elif kind == b"1":
            open_lot, lot = True, _Lot()
            if table.bank == BB and raw[51:53] == b"TS":
                raise _test_file()
        elif kind == b"5":
            _check_lot(raw[17:23], lot.lines, table)
            doubt = doubt or _doubt_about(raw, lot, table)
            open_lot = False
        elif kind == b"9":
            told, ended = raw[23:29], True
    _check_end(ended=ended and not open_lot, told=told, count=count)
    return events, doubt


def _number(digits: bytes) -> int:
    return int(digits) if digits.isdigit() else 0


# In the end of a lot, for each kind of carteira: how many titles, and their sum in cents.
_TITLES = ((23, 29), (46, 52), (69, 75), (92, 98))
_SUMS = ((29, 46), (52, 69), (75, 92), (98, 115))


def _doubt_about(raw: bytes, lot: _Lot, table: ReturnTable) -> str:
    """In words, that the end of a lot sums its titles otherwise than they are; "" where it agrees.

    Most banks leave the sums blank or zero.
    """
    titles = sum(_number(raw[start:end]) for start, end in _TITLES)
    cents = sum(_number(raw[start:end]) for start, end in _SUMS)
    if not table.febraban_lots or (titles in (0, lot.titles) and cents in (0, lot.cents)):
        return ""
    return _(
        "The end of a lot says %(told)s titles of %(told_sum)s together, and the lot has %(found)s "
        "of %(found_sum)s. Compare the file with the bank's pages before you post it."
    ) % {
        "told": titles, "told_sum": format_brl(cents),
        "found": lot.titles, "found_sum": format_brl(lot.cents),
    }  # fmt: skip


def _look_over_400(file: BinaryIO, table: ReturnTable) -> tuple[int, bytes]:
    """How many events a file has, and its first detail. ValidationError when it is cut."""
    events, count, told, ended, first = 0, 0, b"", False, b""
    detail = table.detail.encode()
    for raw in _lines(file):
        _refuse_more(ended)
        count += 1
        kind = raw[:1]
        if kind == detail:
            events, first = events + 1, first or raw
        elif kind == b"9":
            told, ended = raw[394:400], True
    _check_end(ended=ended, told=told, count=count)
    return events, first


def _refuse_more(ended: bool) -> None:
    if ended:
        raise _is_cut(_("there are lines after its end"))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank, without a BOM; those of one block are in memory."""
    mark = BOM
    while block := file.readlines(PART):
        block[0], mark = block[0].removeprefix(mark), b""
        for raw in block:
            if raw[0] > _BLANK or raw.strip(_PADDING):
                yield raw


def _check_end(*, ended: bool, told: bytes, count: int) -> None:
    """``told`` is the number of lines as the last one says it, if it does."""
    told = told.strip(_PADDING)
    if not ended:
        raise _is_cut(_("its last lines are missing"))
    if told.isdigit() and int(told) not in (0, count):
        raise _is_cut(
            _("its end says %(told)s lines, and it has %(found)s")
            % {"told": int(told), "found": count}
        )


def _check_lot(told: bytes, count: int, table: ReturnTable) -> None:
    """``told`` is the number of lines of a lot as its trailer says it, if it does."""
    told = told.strip(_PADDING)
    right = (0, count) if table.febraban_lots else (0, count, count - 2)
    if told.isdigit() and int(told) not in right:
        raise _is_cut(
            _("the end of a lot says %(told)s lines, and it has %(found)s")
            % {"told": int(told), "found": count}
        )


def _is_cut(why: str) -> ValidationError:
    return ValidationError(
        _("This file is cut or was changed: %(why)s. Fetch it from the bank again.") % {"why": why},
        code="cut",
    )


def _cut(line: str, place: Place) -> str:
    return line[place[0] - 1 : place[1]] if place[0] else ""
