"""When a place is open, and which times of it are free for a service.

A time is the begin of an appointment, on the clock of its place. It is offered where the whole
appointment lies in one interval of opening, no sooner than the service's lead (elapsed time, over
nights and weekends) and no later than its horizon; it is free where a desk is, from what is kept
free before it to what is kept free afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from orders.models import AppointmentService, Closure, Order, Place
from orders.services import slots
from portal.hours import Calendar, intervals_of


class NotOffered(Exception):
    """This time cannot be booked; says why, for the person who asked for it."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A time that somebody chooses: where, what for, when it begins."""

    place: Place
    service: AppointmentService
    start: datetime

    @property
    def end(self) -> datetime:
        return self.service.end(self.start)

    @property
    def day(self) -> date:
        """On the calendar of the place."""
        return self.start.astimezone(self.place.tz).date()

    @property
    def span(self) -> slots.Span:
        """The desk-time that it takes."""
        return slots.Span(self.place, *self.service.busy(self.start))

    def values(self) -> dict[str, Any]:
        """The fields that a hold and an appointment share."""
        since, until = self.service.busy(self.start)
        return {
            "place": self.place, "service": self.service, "starts_at": self.start,
            "ends_at": self.end, "busy_from": since, "busy_until": until,
        }  # fmt: skip


@dataclass(frozen=True)
class Opening:
    """A place's calendar, and why it is closed on certain days."""

    calendar: Calendar
    reasons: dict[date, str]

    def why_closed(self, day: date) -> str:
        """In words; empty where it is open on this day."""
        if self.calendar.intervals(day):
            return ""
        if day in self.reasons:
            return _("The place is closed on this day: %(reason)s.") % {"reason": self.reasons[day]}
        if name := self.calendar.holiday(day):
            return _("This day is a holiday: %(name)s.") % {"name": name}
        return _("The place does not open on this day of the week.")


def opening_of(place: Place) -> Opening:
    """The hours of a place with its closures and those of all; what is its own wins."""
    found = Closure.objects.filter(Q(place=place) | Q(place=None))
    rows = sorted(found, key=lambda row: (row.place_id is not None, row.pk))
    days = [(day, row) for row in rows for day in row.days()]
    calendar = Calendar(
        zone=place.tz,
        weekly=[intervals_of(day) for day in place.hours],
        other={day: intervals_of(row.hours) for day, row in days},
        state=place.state,
        optional=place.optional_holidays,
    )
    return Opening(calendar, {day: row.reason for day, row in days})


def service_for(order: Order) -> AppointmentService | None:
    """What is done in this order's appointment: the service of its kind of certificate, or the
    one for all others; None where staff offer neither."""
    offered = AppointmentService.objects.filter(is_active=True)
    kinds = offered.filter(product_kind__in=["", order.product.kind])
    return kinds.order_by("-product_kind").first()


def places_for(service: AppointmentService) -> list[Place]:
    """The open places at which this service is given."""
    chosen = service.places.all()
    places = Place.objects.filter(is_active=True)
    return list(places.filter(pk__in=chosen.values("pk")) if chosen.exists() else places)


def free_times(
    place: Place, service: AppointmentService, day: date, *, at: datetime
) -> list[datetime]:
    """The times of a day that are offered and free, on the clock of the place."""
    return free_days(place, service, day, day, at=at).get(day, [])


def free_days(
    place: Place, service: AppointmentService, first: date, last: date, *, at: datetime
) -> dict[date, list[datetime]]:
    """The free times of each day from ``first`` to ``last`` that has any. Three queries at most."""
    last = min(last, last_day(place, service, at=at))
    first = max(first, at.astimezone(place.tz).date())
    if last < first:
        return {}
    opening = opening_of(place)
    full = slots.full_cells(
        place, _midnight(place, first - _DAY), _midnight(place, last + 2 * _DAY)
    )
    found: dict[date, list[datetime]] = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        times = [
            start for start in _starts(opening.calendar, service, day)
            if start >= at + timedelta(hours=service.lead_hours) and _is_free(place, service, start, full)
        ]  # fmt: skip
        if times:
            found[day] = times
    return found


def last_day(place: Place, service: AppointmentService, *, at: datetime) -> date:
    """The last day that may be booked now."""
    return at.astimezone(place.tz).date() + timedelta(days=service.horizon_days)


def check(choice: Choice, *, at: datetime) -> None:
    """NotOffered, with the reason, unless this time may be booked by a client now. Whether a desk
    is free is decided when it is taken."""
    place, service, day = choice.place, choice.service, choice.day
    if choice.start <= at:
        raise NotOffered(_("This time is past. Choose one that lies ahead."))
    if place not in places_for(service):
        raise NotOffered(_("This place is not open for appointments. Choose another one."))
    if day > last_day(place, service, at=at):
        text = _("Appointments can be booked up to %(days)d days ahead.")
        raise NotOffered(text % {"days": service.horizon_days})
    opening = opening_of(place)
    if why := opening.why_closed(day):
        raise NotOffered(why)
    if choice.start < at + timedelta(hours=service.lead_hours):
        text = _("Appointments are booked at least %(hours)d hours ahead.")
        raise NotOffered(text % {"hours": service.lead_hours})
    if choice.start not in _starts(opening.calendar, service, day):
        raise NotOffered(
            _("No appointment begins at this time. Choose one of those that are shown.")
        )


def is_open(opening: Opening, start: datetime, end: datetime) -> bool:
    """Whether a place is open from one instant to the other."""
    day = start.astimezone(opening.calendar.zone).date()
    return any(a <= start and end <= b for a, b in opening.calendar.instants(day))


def local_instant(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """This time of this day in a zone. NotOffered where the clocks were put forward over it."""
    start = datetime.combine(day, clock, zone)
    if start.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != start.replace(tzinfo=None):
        text = _(
            "%(time)s did not exist on %(day)s: the clocks were put forward. Choose another time."
        )
        raise NotOffered(text % {"time": f"{clock:%H:%M}", "day": f"{day:%d/%m/%Y}"})
    return start


_DAY = timedelta(days=1)


def _starts(calendar: Calendar, service: AppointmentService, day: date) -> Iterator[datetime]:
    """When appointments begin on this day, on the clock of the place, whatever is booked."""
    step = timedelta(minutes=service.step)
    for since, until in calendar.instants(day):
        start = since
        while service.end(start) <= until:
            yield start.astimezone(calendar.zone)
            start += step


def _is_free(
    place: Place, service: AppointmentService, start: datetime, full: set[datetime]
) -> bool:
    since, until = service.busy(start.astimezone(UTC))
    return full.isdisjoint(slots.Span(place, since, until).cells())


def _midnight(place: Place, day: date) -> datetime:
    return datetime.combine(day, time.min, place.tz)
