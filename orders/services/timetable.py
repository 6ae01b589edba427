"""The free times of a place as a client looks through them: a month as calendar or list, and a day."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from orders.models import AppointmentService, Place
from orders.services import agenda


@dataclass(frozen=True)
class Day:
    """A day of the calendar; ``times``: its free ones, naive, on the clock of the place."""

    day: date
    times: Sequence[datetime]


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """What is shown of a place. ``weeks``: from Sunday on, None for days of other months.

    ``chosen``: the day whose times are shown. ``earlier`` and ``later``: months that may be seen.
    """

    place: Place
    service: AppointmentService
    month: date
    weeks: Sequence[Sequence[Day | None]]
    chosen: Day | None
    earlier: date | None
    later: date | None
    last_day: date

    @property
    def days(self) -> list[Day]:
        """Those of the month that have free times."""
        return [day for week in self.weeks for day in week if day and day.times]


def timetable(
    place: Place, service: AppointmentService, *, month: date | None, day: date | None, at: datetime
) -> Timetable:
    """The month that was asked for, or the first one with free times; a day of it, or its first."""
    today, last = at.astimezone(place.tz).date(), agenda.last_day(place, service, at=at)
    free = agenda.free_days(place, service, today, last, at=at)
    wanted = month or day or next(iter(free), today)
    shown = min(max(wanted, today), last).replace(day=1)
    weeks = [
        [Day(d, [t.replace(tzinfo=None) for t in free.get(d, ())]) if d.month == shown.month else None
         for d in week]
        for week in calendar.Calendar(calendar.SUNDAY).monthdatescalendar(shown.year, shown.month)
    ]  # fmt: skip
    days = [found for week in weeks for found in week if found and found.times]
    chosen = next((found for found in days if found.day == day), days[0] if days else None)
    return Timetable(
        place=place, service=service, month=shown, weeks=weeks, chosen=chosen, last_day=last,
        earlier=_month_before(shown) if shown > today else None,
        later=_month_after(shown) if _month_after(shown) <= last else None,
    )  # fmt: skip


def _month_before(month: date) -> date:
    year, number = divmod(month.year * 12 + month.month - 2, 12)
    return date(year, number + 1, 1)


def _month_after(month: date) -> date:
    year, number = divmod(month.year * 12 + month.month, 12)
    return date(year, number + 1, 1)
