"""Print line and bar code of slips: JSON lines in, JSON lines out."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.inputs import KEYS, read_slip
from portal.payments.banks.lines import print_line

_HELP = """
Reads one JSON object a line and prints one JSON object for each: line (as printed), line_digits
(47), barcode (44), our_number (as printed) and free_field (25); or error, which says what is
wrong with it. Blank lines are left out. warnings, when there, names what was ignored or doubtful.

Keys of every bank (numbers as text or integers, padded with zeros or not):
  bank          001, 033, 104, 237, 341, 748, 756 or the bank's name
  number        nosso número without its check digit, or with it after a hyphen
  amount_cents  whole cents
  due_on        2026-12-31 or 31/12/2026; null for no due date

Keys of the agreement, at the top or within an object "agreement":
  001 Banco do Brasil  code (convênio of 4, 6 or 7 digits), carteira; agency and account (without
                       digit) for convênios of 4 and 6; "long_numbers": true for a convênio of 6
                       with numbers of 17 digits (so is a number written with 17 digits)
  033 Santander        code (beneficiary), carteira; iof (0)
  104 Caixa            code (beneficiary, 6 digits, or 7 from 1100000 on, without check digit);
                       carteira 1 (registered) or 2; a number of 17 digits says it itself
  237 Bradesco         agency, account (without digit), carteira
  341 Itaú             agency, account, carteira; account_digit (computed when missing);
                       code (client) and own_number for 107, 122, 142, 143, 196, 198
  748 Sicredi          agency (cooperative), variation (post), code (beneficiary), carteira 1 or 3;
                       the number whole (26/200042-8, 262000428, 26200042) or its sequence with
                       year or issued_on, and byte (2)
  756 Sicoob           agency, code (client, with its digit), carteira (1), variation (modality,
                       01), parcel (1)

Other names of the keys:
"""


class Command(BaseCommand):
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        aliases = "\n".join(f"  {key:13} {', '.join(names)}" for key, names in KEYS.items())
        parser.description = _HELP + aliases
        return parser

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        for text in sys.stdin:
            if text.strip("\ufeff \t\r\n"):
                answer = json.dumps(_answer(text.strip("\ufeff \t\r\n")), ensure_ascii=False)
                self.stdout.write(answer)


def _answer(text: str) -> dict[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {"error": _("This line is not JSON.")}
    if not isinstance(values, dict):
        return {"error": _("This line is not a JSON object.")}
    try:
        slip = read_slip(values)
    except SlipDataError as error:
        return {"error": str(error)}
    codes = slip.codes
    answer: dict[str, object] = {
        "line": print_line(codes.line),
        "line_digits": codes.line,
        "barcode": codes.barcode,
        "our_number": codes.number.printed,
        "free_field": codes.free_field,
    }
    return answer | ({"warnings": slip.warnings} if slip.warnings else {})
