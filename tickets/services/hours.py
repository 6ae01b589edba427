"""Working time of departments: their week, their closed days and those of all."""

from django.db.models import Q

from portal.hours import Calendar, intervals_of
from tickets.models import ClosedDay, Department


def calendar_of(department: Department) -> Calendar:
    """The calendar of a department, with its closed days and those of all."""
    rows = ClosedDay.objects.filter(Q(department=department) | Q(department=None))
    # A day of its own wins over one of all.
    days = sorted(rows, key=lambda row: row.department_id is not None)
    return Calendar(
        zone=department.tz,
        weekly=[intervals_of(day) for day in department.hours],
        other={row.day: intervals_of(row.hours) for row in days},
        state=department.holidays_of,
        optional=department.optional_holidays,
    )
