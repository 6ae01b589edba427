"""Print line and bar code of slips: JSON lines in, JSON lines out."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.inputs import KEYS, needed_keys, read_slip, unknown_keys
from portal.payments.banks.lines import print_line

_HELP = """
Reads one JSON object a line and prints one JSON object for each, in the same order:
  line (as printed), line_digits (47), barcode (44), our_number (as printed), free_field (25);
  warnings, when there, names keys that were ignored and values that look wrong.
A line that cannot be computed gives instead
  error (what is wrong, with every missing key), input_line (which line it was) and, once the bank
  is known, needs (the keys that its slips need).
The next line is read all the same. Blank lines give nothing.

Keys of every bank (numbers as text or integers, padded with zeros or not):
  bank          001, 033, 104, 237, 341, 748, 756 or the bank's name
  number        nosso número without its check digit, or with it (after a hyphen or as last digit)
  amount_cents  whole cents; 0 for a slip that names no amount
  due_on        2026-12-31, 31/12/2026, 31.12.2026 or 20261231; null for no due date

Keys of the agreement, at the top or within an object "agreement" (a default in brackets):
  001 Banco do Brasil  code (convênio of 4, 6 or 7 digits), carteira; agency and account (without
                       digit) for convênios of 4 and 6; "long_numbers": true for a convênio of 6
                       with numbers of 17 digits (so is a number written with 17 digits, and
                       carteira 21)
  033 Santander        code (beneficiary, 7 digits), carteira (3 digits); iof [0]
  104 Caixa            code (beneficiary, 6 digits, or 7 from 1100000 on, without check digit);
                       carteira [1] (registered, numbers 14…) or 2 (24…); a number of 17 digits
                       says it itself
  237 Bradesco         agency, account (without digit, up to 7), carteira
  341 Itaú             agency, account (without digit, 5), carteira; account_digit [computed];
                       for 107, 122, 142, 143, 196, 198 instead: carteira, code (client, 5),
                       own_number (7); the number's digit is then printed with agency and account
  748 Sicredi          agency (cooperative), variation (post), code (beneficiary, 5);
                       carteira [1] or 3; the number whole (26/200042-8, 262000428, 26200042) or
                       its sequence with year or issued_on, and byte [2]
  756 Sicoob           agency, code (client, with its digit); carteira [1], variation (modality)
                       [01], parcel [1]

Examples, one of each bank, with the line that they give:
"""
# What is written, and the line that is printed: published by the banks or in open libraries.
EXAMPLES = {
    '{"bank": "001", "code": "1238798", "carteira": "18", "number": "7777700168",'
    ' "amount_cents": 13500, "due_on": "2008-02-03"}':
        "00190.00009 01238.798779 77700.168188 3 37710000013500",
    '{"bank": "001", "code": "123879", "carteira": "18", "agency": "4042", "account": "61900",'
    ' "number": 1234, "amount_cents": 13500, "due_on": "2008-02-01"}':
        "00191.23876 90123.440423 00061.900189 2 37690000013500",
    '{"bank": "033", "code": "1899775", "carteira": "102", "number": "000090002720-7",'
    ' "amount_cents": 5400, "due_on": "2012-09-08"}':
        "03399.18997 77500.009004 02720.701024 9 54500000005400",
    '{"bank": "104", "code": "005507", "carteira": "1", "number": "222333777777777",'
    ' "amount_cents": 32112, "due_on": "2006-08-23"}':
        "10490.05505 77222.133348 77777.777713 4 32420000032112",
    '{"bank": "237", "agreement": {"agency": "1234", "account": "123456", "carteira": "09"},'
    ' "number": 453, "amount_cents": 14150, "due_on": "2016-09-01"}':
        "23791.23405 90000.000043 53012.345608 1 69040000014150",
    '{"bank": "341", "agency": "0057", "account": "12345-7", "carteira": "110",'
    ' "number": "12345678", "amount_cents": 12345, "due_on": "2002-05-01"}':
        "34191.10121 34567.880058 71234.570001 6 16670000012345",
    '{"bank": "341", "carteira": "196", "code": "12345", "own_number": "1234567",'
    ' "number": "258281", "amount_cents": 13500, "due_on": "2004-09-05"}':
        "34191.96005 25828.112349 56712.345505 1 25250000013500",
    '{"bank": "748", "agency": "0156", "variation": "05", "code": "85305",'
    ' "number": "19/200010-2", "amount_cents": 80000, "due_on": "2019-04-25"}':
        "74891.11927 00010.201564 05853.051026 3 78700000080000",
    '{"bank": "756", "agency": "4277", "code": "172278", "number": "0012349-2",'
    ' "amount_cents": 401124, "due_on": "2016-12-28"}':
        "75691.42776 01017.227800 01234.920013 7 70220000401124",
}  # fmt: skip


class Command(BaseCommand):
    # Pure arithmetic: needs neither the database nor the portal's settings to be right.
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        examples = "\n".join(f"  {asked}\n    {line}" for asked, line in EXAMPLES.items())
        aliases = "\n".join(f"  {key:13} {', '.join(names)}" for key, names in KEYS.items())
        parser.description = f"{_HELP}{examples}\n\nOther names of the keys:\n{aliases}"
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            default="-",
            help=_("File to read; standard input if none is given."),
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        for number, line in enumerate(_lines(options["file"]), start=1):
            if text := line.strip("\ufeff \t\r\n"):
                answer = _answer(text)
                if "error" in answer:
                    answer["input_line"] = number
                self.stdout.write(self._as_json(answer))

    def _as_json(self, answer: dict[str, object]) -> str:
        """Readable where the output can take it; escaped where it cannot."""
        text = json.dumps(answer, ensure_ascii=False)
        try:
            text.encode(getattr(self.stdout, "encoding", None) or "utf-8")
        except UnicodeEncodeError:
            return json.dumps(answer)
        return text


def _lines(name: str) -> Iterable[str]:
    """Lines of the file, of standard input for ``-``. Raises CommandError for one not to be read."""
    if name == "-":
        raw = getattr(sys.stdin, "buffer", None)
        return _decoded(raw) if raw is not None else sys.stdin
    try:
        return _decoded(Path(name).read_bytes().splitlines())
    except OSError as error:
        raise CommandError(str(error)) from error


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    """UTF-8, or Latin-1 where a line is none."""
    for line in lines:
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode("latin-1")


def _answer(text: str) -> dict[str, object]:
    try:
        values = json.loads(text, object_pairs_hook=_once)
    except SlipDataError as error:
        return {"error": str(error)}
    except (ValueError, RecursionError) as error:
        return {"error": _("This line is not JSON: %(why)s") % {"why": str(error)[:80]}}
    if not isinstance(values, dict):
        return {"error": _("This line is not a JSON object.")}
    try:
        slip = read_slip(values)
    except SlipDataError as error:
        return {"error": str(error), **_hints(values)}
    codes = slip.codes
    answer: dict[str, object] = {
        "line": print_line(codes.line),
        "line_digits": codes.line,
        "barcode": codes.barcode,
        "our_number": codes.number.printed,
        "free_field": codes.free_field,
    }
    return answer | ({"warnings": slip.warnings} if slip.warnings else {})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values and values[name] != value:
            raise SlipDataError(_("%(key)s is given twice.") % {"key": name[:40]})
        values[name] = value
    return values


def _hints(values: dict[str, Any]) -> dict[str, object]:
    """What the bank's slips need, and what was not understood of this one."""
    hints: dict[str, object] = {}
    with suppress(SlipDataError):  # the bank or one of its values is what is wrong
        hints["needs"] = needed_keys(values)
    if unknown := unknown_keys(values):
        hints["warnings"] = unknown
    return hints
