"""The agents' day: a place's appointments of a day, and those that staff must see to."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from orders.models import Appointment, Place
from orders.services import agenda

Status = Appointment.Status
LISTED = 200  # of those to see to; the rest follows when these are done


@dataclass(frozen=True)
class ToSeeTo:
    """An appointment that cannot stay as it is, and why."""

    appointment: Appointment
    why: str


@dataclass(frozen=True)
class WeekDay:
    """A day of the week that an agent looks at."""

    day: date
    count: int
    is_closed: bool


def day_of(place: Place, day: date) -> QuerySet[Appointment]:
    """The appointments of a day on the calendar of the place, but those that were cancelled."""
    since = datetime.combine(day, time.min, place.tz)
    until = datetime.combine(day + timedelta(days=1), time.min, place.tz)
    rows = Appointment.objects.filter(place=place, starts_at__gte=since, starts_at__lt=until)
    return (
        rows.exclude(status=Status.CANCELLED)
        .select_related("order__product", "place", "service")
        .annotate(
            files=Count("order__documents", distinct=True),
            missing=Count(
                "order__pendencies", filter=Q(order__pendencies__closed_at=None), distinct=True
            ),
        )
        .order_by("starts_at", "pk")
    )


def week_of(place: Place, day: date) -> list[WeekDay]:
    """Monday to Sunday around a day, and how many are expected on each."""
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    since = datetime.combine(monday, time.min, place.tz)
    until = datetime.combine(monday + timedelta(days=7), time.min, place.tz)
    rows = Appointment.objects.filter(place=place, starts_at__gte=since, starts_at__lt=until)
    starts = rows.exclude(status=Status.CANCELLED).values_list("starts_at", flat=True)
    counts = Counter(start.astimezone(place.tz).date() for start in starts)
    opening = agenda.opening_of(place)
    return [WeekDay(each, counts[each], bool(opening.why_closed(each))) for each in days]


def without_place(*, at: datetime) -> list[ToSeeTo]:
    """Booked appointments ahead at a time at which their place is not open (any more)."""
    ahead = Appointment.objects.filter(status=Status.BOOKED, starts_at__gt=at)
    found: list[ToSeeTo] = []
    for place in Place.objects.filter(pk__in=ahead.values("place")):
        opening = agenda.opening_of(place)
        rows = ahead.filter(place=place, is_over=False).select_related("order", "service")
        for row in rows.order_by("starts_at"):
            row.place = place
            if place.is_active and agenda.is_open(opening, row.starts_at, row.ends_at):
                continue
            found.append(ToSeeTo(row, _why(opening, row)))
    return sorted(found, key=lambda one: one.appointment.starts_at)[:LISTED]


def without_end(*, at: datetime) -> QuerySet[Appointment]:
    """Appointments of days that are over, of which nobody said what came of them."""
    rows = Appointment.objects.live().filter(ends_at__lt=at - timedelta(hours=12))
    return rows.select_related("order", "place", "service").order_by("starts_at")[:LISTED]


def why_closed(place: Place, day: date) -> str:
    """Why a place is closed on a day, in words; empty where it is open."""
    if not place.is_active:
        return _("The place was closed.")
    return agenda.opening_of(place).why_closed(day)


def to_see_to(*, at: datetime) -> int:
    """How many wait for staff, up to twice ``LISTED``."""
    return len(without_place(at=at)) + len(without_end(at=at))


def _why(opening: agenda.Opening, row: Appointment) -> str:
    if not row.place.is_active:
        return _("The place was closed.")
    why = opening.why_closed(row.local_start.date())
    return why or _("The place is not open from begin to end of this time.")
