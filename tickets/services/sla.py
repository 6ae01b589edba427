"""Promised times: the clock of an order runs while it is ours to act, and stops while the client's.

``sla_used`` holds the working seconds until the clock was last stopped, ``sla_running_since`` since
when it runs. Dues are reckoned from what is left each time it starts; closed orders keep theirs.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from portal.hours import Calendar
from portal.outbox.services import enqueue_job
from tickets.models import Department, SlaTarget, Ticket
from tickets.models.states import RUNNING
from tickets.services.hours import calendar_of

CHUNK = 500  # clocks in one transaction


def start(ticket: Ticket, *, at: datetime) -> None:
    """Begin the clock of a new order."""
    _write(ticket, running(ticket, calendar_of(ticket.department), used=0, at=at))


def pause(ticket: Ticket, *, at: datetime) -> None:
    """Stop the clock, and add what it ran; a clock that stands is left alone."""
    if ticket.sla_running_since is None:
        return
    used = used_until(ticket, calendar_of(ticket.department), at)
    values: dict[str, Any] = {"sla_used": used, "sla_running_since": None}
    if ticket.first_answer_at is not None and ticket.first_seconds is None:
        values["first_seconds"] = used
    _write(ticket, values)


def resume(ticket: Ticket, *, at: datetime) -> None:
    """Start a clock that stands; one that runs is left alone."""
    if ticket.sla_running_since is None:
        calendar = calendar_of(ticket.department)
        _write(ticket, running(ticket, calendar, used=ticket.sla_used, at=at))


def reckon_later(department: Department | None) -> None:
    """The calendar or the promises of a department changed (None: of all): have a job reckon the
    dues of what is running there anew."""
    enqueue_job(
        "tickets.reckon_clocks", key=f"reckon-clocks:{uuid4()}",
        department=department.pk if department else None, after=0,
    )  # fmt: skip


@transaction.atomic
def reckon_chunk(department: int | None, *, after: int, at: datetime) -> int:
    """Reckon the next ``CHUNK`` running clocks by key; the last key, or 0 when that was all."""
    running = Ticket.objects.filter(status__in=RUNNING, sla_running_since__isnull=False)
    if department is not None:
        running = running.filter(department=department)
    chunk = running.filter(pk__gt=after).order_by("pk").select_for_update(of=("self",))
    found = list(chunk.select_related("department__desk")[:CHUNK])
    recompute(found, at=at)
    return found[-1].pk if len(found) == CHUNK else 0


def recompute(tickets: Iterable[Ticket], *, at: datetime) -> None:
    """After a change of department, priority, promise or calendar. Finished orders are left alone."""
    calendars: dict[int, Calendar] = {}
    for ticket in tickets:
        if ticket.status not in RUNNING or ticket.sla_running_since is None:
            continue
        department = ticket.department
        calendar = calendars.setdefault(department.pk, calendar_of(department))
        used = used_until(ticket, calendar, at)
        _write(ticket, running(ticket, calendar, used=used, at=at))


def used_until(ticket: Ticket, calendar: Calendar, at: datetime) -> int:
    """Working seconds that the clock has run until ``at``; none where the machine's own clock went
    back since it began."""
    since = ticket.sla_running_since
    return ticket.sla_used + (max(0, calendar.seconds_between(since, at)) if since else 0)


def running(ticket: Ticket, calendar: Calendar, *, used: int, at: datetime) -> dict[str, Any]:
    """What stands on an order whose clock starts ``at`` with ``used`` seconds gone."""
    target = target_of(ticket.department, ticket.priority)
    due = {"due_first": ticket.due_first, "due_resolve": None}
    if target is None:
        due["due_first"] = None
    else:
        due["due_resolve"] = calendar.after(at, max(0, target.resolve_minutes * 60 - used))
        if ticket.first_answer_at is None:
            due["due_first"] = calendar.after(at, max(0, target.first_minutes * 60 - used))
    return {"sla_used": used, "sla_running_since": at, **due}


def target_of(department: Department, priority: str) -> SlaTarget | None:
    return department.targets.filter(priority=priority).first()


def _write(ticket: Ticket, values: dict[str, Any]) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(**values)
    for name, value in values.items():
        setattr(ticket, name, value)
