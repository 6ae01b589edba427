"""Values of a cell's text. Each raises ValidationError with a message for who wrote the sheet."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from portal.money import format_brl, parse_cents
from portal.periods import parse_day, parse_period
from portal.taxid import normalise, validate_cnpj, validate_cpf, validate_tax_id

_YEAR = re.compile(r"[0-9]{4}")
_FIRST_OF_MONTH = re.compile(r"0?1/([0-9]{1,2}/[0-9]{4})")
_INTEGER = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,15})")
_LISTED = 20


def text(maximum: int = 300, *, minimum: int = 0) -> Callable[[str], str]:
    """Text of so many characters."""

    def parse(cell: str) -> str:
        if minimum <= len(cell) <= maximum:
            return cell
        if minimum:
            message = _("Enter %(minimum)s to %(maximum)s characters.")
        else:
            message = _("Enter at most %(maximum)s characters.")
        raise ValidationError(message % {"minimum": minimum, "maximum": maximum}, code="length")

    return parse


def integer(minimum: int | None = None, maximum: int | None = None) -> Callable[[str], int]:
    """A whole number: ``1234``, ``1.234``, ``-5``."""

    def parse(cell: str) -> int:
        if not _INTEGER.fullmatch(cell):
            raise ValidationError(_("Enter a whole number."), code="invalid")
        number = int(cell.replace(".", ""))
        _refuse_outside(number, minimum, maximum, str)
        return number

    return parse


def cents(minimum: int | None = None, maximum: int | None = None) -> Callable[[str], int]:
    """Cents of ``R$ 1.234,56`` or ``1234.56``, within limits in cents."""

    def parse(cell: str) -> int:
        amount = parse_cents(cell)
        if minimum == 0 and amount < 0:
            raise ValidationError(_("The amount cannot be negative."), code="too_small")
        _refuse_outside(amount, minimum, maximum, format_brl)
        return amount

    return parse


def day(
    earliest: date = date(1990, 1, 1), latest: date = date(2199, 12, 31)
) -> Callable[[str], date]:
    """A day written ``dd/mm/aaaa`` or ``aaaa-mm-dd``; a date cell comes as the first."""

    def parse(cell: str) -> date:
        # In a sheet two digits of a year are more likely a slip than a habit.
        found = parse_day(cell if _YEAR.search(cell) else "")
        if not earliest <= found <= latest:
            raise ValidationError(_("Enter the date as dd/mm/yyyy."), code="invalid_date")
        return found

    return parse


def period(cell: str) -> date:
    """The first day of a month written ``mm/aaaa``; a spreadsheet makes 01/mm/aaaa of that."""
    if match := _FIRST_OF_MONTH.fullmatch(cell):
        return parse_period(match[1])
    return parse_period(cell)


def cpf(cell: str) -> str:
    """A CPF without mask. Digits alone get back the zeros that a number cell has dropped."""
    number = _with_zeros(normalise(cell))
    validate_cpf(number)
    return number


def cnpj(cell: str) -> str:
    """A CNPJ without mask. Digits alone get back the zeros that a number cell has dropped."""
    number = _with_zeros(normalise(cell))
    validate_cnpj(number)
    return number


def tax_id(cell: str) -> str:
    """A CPF or a CNPJ without mask, as ``cpf`` and ``cnpj`` read them."""
    number = _with_zeros(normalise(cell))
    validate_tax_id(number)
    return number


def _with_zeros(number: str) -> str:
    """One or two zeros put back in front; the check digits then tell whether that was right."""
    lengths = {9: 11, 10: 11, 12: 14, 13: 14}
    return number.zfill(lengths.get(len(number), 0)) if number.isdecimal() else number


def email(cell: str) -> str:
    """An e-mail address as it was written."""
    validate_email(cell)
    return cell


def choice(options: Mapping[str, Any]) -> Callable[[str], Any]:
    """The value of one of ``options``, by its text in any case."""
    values = {option.casefold(): value for option, value in options.items()}
    known = ", ".join(list(options)[:_LISTED])

    def parse(cell: str) -> Any:
        try:
            return values[cell.casefold()]
        except KeyError as error:
            message = _("Unknown value; known are: %(options)s.") % {"options": known}
            raise ValidationError(message, code="invalid_choice") from error

    return parse


def _refuse_outside(
    number: int, minimum: int | None, maximum: int | None, shown: Callable[[int], str]
) -> None:
    if minimum is not None and number < minimum:
        message = _("Enter at least %(limit)s.") % {"limit": shown(minimum)}
        raise ValidationError(message, code="too_small")
    if maximum is not None and number > maximum:
        message = _("Enter at most %(limit)s.") % {"limit": shown(maximum)}
        raise ValidationError(message, code="too_large")
