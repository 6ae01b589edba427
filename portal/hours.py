"""Working hours of a week, holidays and other days: when somebody works. Knows no model.

Reckoned on the wall clock of a zone, day by day; instants are UTC. A week is kept as seven days,
Monday first, of each the intervals of work: ``[["08:00", "12:00"], ["13:00", "18:00"]]``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Interval = tuple[time, time]
LONGEST = 3660  # days that are looked at: a promise that ends later is no promise


def office_hours() -> list[list[list[str]]]:
    """Monday to Friday 8 to 12 and 13 to 18."""
    day = [["08:00", "12:00"], ["13:00", "18:00"]]
    return [day, day, day, day, day, [], []]


@dataclass(frozen=True)
class Calendar:
    """When somebody works. ``weekly``: intervals from Monday on. ``other``: those of certain days,
    empty where it is closed; they win over the week and over holidays."""

    zone: ZoneInfo
    weekly: Sequence[Sequence[Interval]]
    other: dict[date, Sequence[Interval]] = field(default_factory=dict)
    state: str = ""
    optional: bool = False

    def intervals(self, day: date) -> Sequence[Interval]:
        """In which it works on this civil day."""
        if day in self.other:
            return self.other[day]
        if self.holiday(day):
            return ()
        return self.weekly[day.weekday()]

    def holiday(self, day: date) -> str:
        """The name of the country's or the state's holiday on this day; empty: none."""
        return _holidays(day.year, self.state, self.optional).get(day, "")

    def instants(self, day: date) -> list[tuple[datetime, datetime]]:
        """Its intervals on this civil day, as instants."""
        return [(self._instant(day, begin), self._instant(day, end))
                for begin, end in self.intervals(day)]  # fmt: skip

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
            yield from self.instants(first + timedelta(days=n))

    def _instant(self, day: date, at: time) -> datetime:
        if at == time.max:  # the end of the day: what begins then is the next one
            day, at = day + timedelta(days=1), time.min
        return datetime.combine(day, at, self.zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _holidays(year: int, state: str, optional: bool) -> Mapping[date, str]:
    categories = ("public", "optional") if optional else ("public",)
    return dict(
        holidays.country_holidays(
            "BR", subdiv=state or None, years=year, categories=categories, language="pt_BR"
        )
    )


def intervals_of(day: Sequence[Sequence[str]]) -> Sequence[Interval]:
    """The intervals of a day, from the texts in which they are kept."""
    return [(time.fromisoformat(begin), end_time(end)) for begin, end in day]


def end_time(text: str) -> time:
    """When an interval ends; ``24:00`` is ``time.max``, the end of the day."""
    return time.max if text == "24:00" else time.fromisoformat(text)


def check_hours(hours: Any) -> None:
    """ValidationError unless it is seven days of intervals, each after the one before."""
    try:
        days = [[mark for interval in intervals_of(day) for mark in interval] for day in hours]
    except (TypeError, ValueError) as error:
        raise ValidationError({"hours": _("Enter times such as 08:00.")}) from error
    if len(days) != 7 or any(day != sorted(set(day)) for day in days):
        raise ValidationError({"hours": _("Each interval begins after the one before has ended.")})
    if not any(days):
        raise ValidationError({"hours": _("Enter at least one day of work.")})
