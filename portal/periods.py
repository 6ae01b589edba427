"""Months and civil days.

A period is a ``date`` on the first of its month, written ``mm/aaaa``. A civil day is that of a
time zone, America/Sao_Paulo unless a unit says otherwise.
"""

import calendar
import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_PERIOD = re.compile(r"(\d{1,2})\s*[/-]\s*(\d{4})|(\d{4})-(\d{2})")


def parse_period(text: str) -> date:
    """The first day of the month written ``mm/aaaa`` (or ``aaaa-mm``, as month pickers send).

    Raises ValidationError with a message for the person who typed it.
    """
    match = _PERIOD.fullmatch(text.strip())
    month, year = (int(match[1] or match[4]), int(match[2] or match[3])) if match else (0, 0)
    if not (1 <= month <= 12 and 1990 <= year <= 2199):
        raise ValidationError(
            _("Enter the period as mm/yyyy, for example 03/2026."), code="invalid_period"
        )
    return date(year, month, 1)


def format_period(period: date) -> str:
    """``mm/aaaa``."""
    return f"{period.month:02d}/{period.year}"


def add_months(day: date, months: int) -> date:
    """The same day ``months`` calendar months on; the last of the month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of_day(day: date, zone: str) -> datetime:
    """The instant at which ``day`` is over in ``zone``: midnight of the next."""
    return datetime.combine(date.fromordinal(day.toordinal() + 1), time.min, ZoneInfo(zone))
