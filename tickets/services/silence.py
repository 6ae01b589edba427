"""Orders that wait for a client who says nothing: a notice first, then they are closed.

Days count on the wall clock of the department's zone; notice and closing happen in its working
hours. An order whose mail came back is left to an agent: its client was never asked.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from portal.hours import Calendar
from portal.transitions import IllegalTransition
from tickets.models import Department, Ticket
from tickets.services import life, telling
from tickets.services.hours import calendar_of

SILENT = [Ticket.Status.WAITING_CLIENT, Ticket.Status.RESOLVED]
MOST = 500  # of a department in one run; the next run goes on
LONGEST_NOTICE = timedelta(days=2)
# Where a clock is set forward, days on the wall are shorter than so many times 24 hours.
CLOCK_CHANGE = timedelta(hours=1)


def notice_of(department: Department) -> timedelta:
    """How long before closing the client is told: two days, at most half of the time."""
    return min(LONGEST_NOTICE, timedelta(days=department.auto_close_days) / 2)


def give_notices(*, at: datetime) -> int:
    """Tell the clients of orders that will be closed soon. How many orders."""
    return sum(_give_notice(ticket, calendar, at) for ticket, calendar in _due_for_notice(at))


def close_silent(*, at: datetime) -> int:
    """Close those that had their notice, and were silent all the same. How many."""
    return sum(_close(ticket, at) for ticket in _due_for_closing(at))


def closes_at(ticket: Ticket, calendar: Calendar, *, noticed_at: datetime) -> datetime | None:
    """When it closes if nothing is said: so many days after the last word, never less after the
    notice than that promises, and in working hours. None: its department never works."""
    department, zone = ticket.department, calendar.zone
    silent = on_the_wall(ticket.last_activity, timedelta(days=department.auto_close_days), zone)
    told = on_the_wall(noticed_at, notice_of(department), zone)
    return calendar.after(max(silent, told), 0)


def on_the_wall(at: datetime, time: timedelta, zone: ZoneInfo) -> datetime:
    """So much later by a clock on the wall, which may be set forward or back meanwhile."""
    return (at.astimezone(zone) + time).astimezone(UTC)


def _due_for_notice(at: datetime) -> Iterator[tuple[Ticket, Calendar]]:
    for department, calendar in _at_work(at):
        silence = timedelta(days=department.auto_close_days) - notice_of(department)
        found = _silent(department, at - silence + CLOCK_CHANGE).filter(close_notice_at=None)
        for ticket in found[:MOST]:
            if on_the_wall(ticket.last_activity, silence, calendar.zone) <= at:
                yield ticket, calendar


def _due_for_closing(at: datetime) -> Iterator[Ticket]:
    for department, calendar in _at_work(at):
        silence = timedelta(days=department.auto_close_days)
        found = _silent(department, at - silence + CLOCK_CHANGE).exclude(close_notice_at=None)
        for ticket in found[:MOST]:
            end = closes_at(ticket, calendar, noticed_at=ticket.close_notice_at or at)
            if end and end <= at:
                yield ticket


def _at_work(at: datetime) -> Iterator[tuple[Department, Calendar]]:
    for department in Department.objects.select_related("desk"):
        calendar = calendar_of(department)
        if calendar.after(at, 0) == at:
            yield department, calendar


def _silent(department: Department, until: datetime) -> QuerySet[Ticket]:
    found = Ticket.objects.filter(
        department=department, status__in=SILENT, last_activity__lte=until, bounced=False
    )
    return found.select_related("department__desk").order_by("last_activity", "pk")


@transaction.atomic
def _give_notice(ticket: Ticket, calendar: Calendar, at: datetime) -> int:
    """Once, and only while nobody says anything: 1 if it was given."""
    on = closes_at(ticket, calendar, noticed_at=at)
    if on is None or not _as_it_was(ticket).update(close_notice_at=at):
        return 0
    ticket.close_notice_at = at
    telling.closing_soon(ticket, on=on.astimezone(calendar.zone).date(), at=at)
    return 1


def _close(ticket: Ticket, at: datetime) -> int:
    days = ticket.department.auto_close_days
    reason = ngettext("No answer for %(n)d day.", "No answer for %(n)d days.", days) % {"n": days}
    try:
        life.close(ticket, by=None, reason=reason, at=at, only_if=_state(ticket))
    except IllegalTransition:  # somebody said something at this moment
        return 0
    return 1


def _as_it_was(ticket: Ticket) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk=ticket.pk, **_state(ticket))


def _state(ticket: Ticket) -> dict[str, Any]:
    """What the row must still be: silent since the same word, with the same notice."""
    return {
        "status__in": SILENT,
        "last_activity": ticket.last_activity,
        "close_notice_at": ticket.close_notice_at,
    }
