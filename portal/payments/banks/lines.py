"""Bar code of 44 digits and linha digitável of 47 (FEBRABAN), written and read back."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from portal.payments.banks.digits import SlipDataError, barcode_digit, modulo_10
from portal.payments.banks.due import due_date, due_factor

MAX_CENTS = 99_999_999_99
_REAL = "9"


@dataclass(frozen=True, kw_only=True)
class BarcodeContents:
    """What a bar code says. ``due_on`` is None for a slip without a due date."""

    bank: str
    due_on: date | None
    cents: int
    free_field: str


def make_barcode(*, bank: str, due_on: date | None, cents: int, free_field: str) -> str:
    """Bank 3, currency 1, digit 1, due-date factor 4, cents 10, free field 25.

    Raises SlipDataError when the amount is negative or above R$ 99.999.999,99, or the due date
    has no factor.
    """
    if cents < 0:
        raise SlipDataError(_("The amount is negative."))
    if cents > MAX_CENTS:
        raise SlipDataError(_("The amount is above R$ 99.999.999,99, the most a slip can say."))
    if len(bank) != 3 or len(free_field) != 25 or not (bank + free_field).isdecimal():
        raise SlipDataError(_("A bar code has digits only: 3 of the bank, 25 of the free field."))
    rest = f"{due_factor(due_on)}{cents:010d}{free_field}"
    return f"{bank}{_REAL}{barcode_digit(bank + _REAL + rest)}{rest}"


def line_of(barcode: str) -> str:
    """The 47 digits of the line: [1-4, 20-24, d][25-34, d][35-44, d][5][6-19]."""
    fields = (barcode[:4] + barcode[19:24], barcode[24:34], barcode[34:44])
    checked = "".join(f"{field}{modulo_10(field)}" for field in fields)
    return f"{checked}{barcode[4]}{barcode[5:19]}"


def print_line(line: str) -> str:
    """``00190.00009 01238.798779 77700.168188 3 37710000013500``."""
    return (
        f"{line[:5]}.{line[5:10]} {line[10:15]}.{line[15:21]} {line[21:26]}.{line[26:32]} "
        f"{line[32]} {line[33:]}"
    )


def barcode_of(line: str) -> str:
    """The bar code of a line, typed with or without dots and blanks.

    Raises SlipDataError that names the field with a wrong digit.
    """
    digits = "".join(character for character in line if character not in " .-\t\u00a0")
    if len(digits) != 47 or not (digits.isascii() and digits.isdecimal()):
        raise SlipDataError(_("The line of a bank slip has 47 digits."))
    fields = (digits[:10], digits[10:21], digits[21:32])
    for number, field in enumerate(fields, start=1):
        if modulo_10(field[:-1]) != int(field[-1]):
            raise SlipDataError(_("The line has a wrong digit in field %(n)d.") % {"n": number})
    one, two, three = (field[:-1] for field in fields)
    barcode = f"{one[:4]}{digits[32]}{digits[33:]}{one[4:]}{two}{three}"
    _check_digit(barcode)
    return barcode


def read_barcode(barcode: str, *, on: date) -> BarcodeContents:
    """What a bar code says, read on the day ``on`` (a factor means one date in 9,000 days).

    Raises SlipDataError when it is no bar code of a slip in reais or its digit is wrong.
    """
    if len(barcode) != 44 or not (barcode.isascii() and barcode.isdecimal()):
        raise SlipDataError(_("The bar code of a bank slip has 44 digits."))
    if barcode[3] != _REAL:
        raise SlipDataError(_("This bar code is not of a bank slip in reais."))
    _check_digit(barcode)
    return BarcodeContents(
        bank=barcode[:3],
        due_on=due_date(barcode[5:9], on=on),
        cents=int(barcode[9:19]),
        free_field=barcode[19:],
    )


def _check_digit(barcode: str) -> None:
    if barcode_digit(barcode[:4] + barcode[5:]) != int(barcode[4]):
        raise SlipDataError(_("The digit of the bar code is wrong."))
