"""Working time: how much of it lies between two instants, and when a promise of it ends.

Reckoned on the wall clock of the department's zone, day by day; instants are UTC.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.db.models import Q

from tickets.models import ClosedDay, Department
from tickets.models.departments import end_time

Interval = tuple[time, time]
LONGEST = 3660  # days that are looked at: a promise that ends later is no promise


@dataclass(frozen=True)
class Calendar:
    """When a department works. ``weekly``: intervals from Monday on. ``other``: those of certain
    days, empty where it is closed."""

    zone: ZoneInfo
    weekly: Sequence[Sequence[Interval]]
    other: dict[date, Sequence[Interval]] = field(default_factory=dict)
    state: str = ""
    optional: bool = False

    def intervals(self, day: date) -> Sequence[Interval]:
        """In which it works on this civil day."""
        if day in self.other:
            return self.other[day]
        if day in _holidays(day.year, self.state, self.optional):
            return ()
        return self.weekly[day.weekday()]

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """Working seconds from ``start`` to ``end``; 0 where the end comes first."""
        total = timedelta()
        for since, until in self._worked(start):
            if since >= end:
                break
            if until > start:
                total += min(until, end) - max(since, start)
        return int(total.total_seconds())

    def after(self, start: datetime, seconds: int) -> datetime | None:
        """When so many working seconds have passed; None: not within ten years."""
        left = timedelta(seconds=seconds)
        for since, until in self._worked(start):
            begin = max(since, start)
            if until > begin:
                if left <= until - begin:
                    return begin + left
                left -= until - begin
        return None

    def _worked(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Its intervals as instants, from the day of ``start`` on."""
        first = start.astimezone(self.zone).date()
        for n in range(LONGEST):
            day = first + timedelta(days=n)
            for begin, end in self.intervals(day):
                yield self._instant(day, begin), self._instant(day, end)

    def _instant(self, day: date, at: time) -> datetime:
        if at == time.max:  # the end of the day: what begins then is the next one
            day, at = day + timedelta(days=1), time.min
        return datetime.combine(day, at, self.zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _holidays(year: int, state: str, optional: bool) -> frozenset[date]:
    categories = ("public", "optional") if optional else ("public",)
    return frozenset(
        holidays.country_holidays("BR", subdiv=state or None, years=year, categories=categories)
    )


def calendar_of(department: Department) -> Calendar:
    """The calendar of a department, with its closed days and those of all."""
    rows = ClosedDay.objects.filter(Q(department=department) | Q(department=None))
    # A day of its own wins over one of all.
    days = sorted(rows, key=lambda row: row.department_id is not None)
    return Calendar(
        zone=department.tz,
        weekly=[_intervals(day) for day in department.hours],
        other={row.day: _intervals(row.hours) for row in days},
        state=department.holidays_of,
        optional=department.optional_holidays,
    )


def _intervals(day: Sequence[Sequence[str]]) -> Sequence[Interval]:
    return [(time.fromisoformat(begin), end_time(end)) for begin, end in day]
