"""Months and civil days.

A period is a ``date`` on the first of its month, written ``mm/aaaa``. A civil day is that of a
time zone, America/Sao_Paulo unless a unit says otherwise.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.accents import plain

# Portuguese and English names, by their first three letters; "ç" and accents are folded.
_MONTHS = {
    name: number
    for names in (
        "jan fev mar abr mai jun jul ago set out nov dez",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    )
    for number, name in enumerate(names.split(), start=1)
}
_NUMERIC = re.compile(r"(\d{1,2})\s*[/.\s-]\s*(\d{4}|\d{2})|(\d{1,2})(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[/.\s-]?\s*(\d{2})")
_NAMED = re.compile(r"([a-z]{3,9})\.?(?:\s*de)?\s*[/.\s-]?\s*(\d{4}|\d{2})")
_DAY = re.compile(
    r"(\d{1,2})\s*[/.\s-]\s*(\d{1,2})\s*[/.\s-]\s*(\d{4}|\d{2})|(\d{2})(\d{2})(\d{4})"
)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NAMED_DAY = re.compile(r"(\d{1,2})(?:º|o)?(?:\s*de)?\s*([a-z]{3,9})\.?(?:\s*de)?\s*(\d{4})")
_FIRST_YEAR, _LAST_YEAR = 1990, 2199


def parse_period(text: str) -> date:
    """The first day of a month typed in any usual way.

    ``03/2026``, ``3/26``, ``03.2026``, ``032026`` (numeric keypads have no slash), ``março de
    2026``, ``mar/26``, ``2026-03`` (what month pickers send). Raises ValidationError with a
    message for the person who typed it.
    """
    for month, year in _readings(_folded(text)):
        if 1 <= month <= 12 and _FIRST_YEAR <= year <= _LAST_YEAR:
            return date(year, month, 1)
    raise ValidationError(
        _("Enter the period as mm/yyyy, for example 03/2026."), code="invalid_period"
    )


def _readings(text: str) -> Iterator[tuple[int, int]]:
    """Month and year, in each way that the text can be read; the usual way first."""
    if found := _NUMERIC.fullmatch(text):
        yield int(found[1] or found[3]), _year(found[2] or found[4])
    if found := _YEAR_FIRST.fullmatch(text):
        yield int(found[2]), int(found[1])
    if found := _NAMED.fullmatch(text):
        yield _MONTHS.get(found[1][:3], 0), _year(found[2])


def parse_day(text: str, *, first_year: int = _FIRST_YEAR) -> date:
    """A day typed in any usual way: ``05/03/2026``, ``5.3.26``, ``05032026``, ``5 de março de
    2026``, ``2026-03-05``. Raises ValidationError with a message for the person who typed it.
    ``first_year``: an earlier one for dates of birth.
    """
    folded = _folded(text)
    day = month = year = 0
    if found := _DAY.fullmatch(folded):
        day, month, year = (
            int(found[1] or found[4]),
            int(found[2] or found[5]),
            _year(found[3] or found[6]),
        )
    elif found := _ISO_DAY.fullmatch(folded):
        year, month, day = map(int, found.groups())
    elif found := _NAMED_DAY.fullmatch(folded):
        day, month, year = int(found[1]), _MONTHS.get(found[2][:3], 0), int(found[3])
    try:
        if first_year <= year <= _LAST_YEAR:
            return date(year, month, day)
    except ValueError:
        pass
    raise ValidationError(_("Enter the date as dd/mm/yyyy."), code="invalid_date")


def _folded(text: str) -> str:
    """Without case and accents, outer spaces and doubled ones."""
    return plain(" ".join(text.split()))


def _year(digits: str) -> int:
    """Two digits are a year of this century."""
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def format_period(period: date) -> str:
    """``mm/aaaa``."""
    return f"{period.month:02d}/{period.year}"


def format_day(day: date) -> str:
    """``dd/mm/aaaa``."""
    return f"{day:%d/%m/%Y}"


def add_months(day: date, months: int) -> date:
    """The same day ``months`` calendar months on; the last of the month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of_day(day: date, zone: str) -> datetime:
    """The instant at which ``day`` is over in ``zone``: midnight of the next."""
    return datetime.combine(date.fromordinal(day.toordinal() + 1), time.min, ZoneInfo(zone))
