"""What becomes of orders whose agent or department is no more: they go to a queue that is looked at.

The beat looks every few minutes, whatever the reason: somebody was deactivated or erased, or is
no longer staff; a department was closed, or an order of a closed one came into force or was opened
again. So no way out is forgotten, and a run that is killed is taken up by the next.
"""

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.accounts.models import User
from tickets.models import Department, Event, Ticket
from tickets.models.states import UNFINISHED
from tickets.services import acts, telling

MOST = 500  # orders in one run; the next comes in minutes
MOVED = [*UNFINISHED, Ticket.Status.UNCONFIRMED]


def release_of_gone(*, at: datetime) -> int:
    """Back to the queue with what is assigned to who cannot work on it any more; the department's
    agents are told how many. How many."""
    gone = Q(assigned_to__is_active=False) | Q(assigned_to__is_staff=False)
    found = Ticket.objects.unfinished().filter(gone).order_by("pk")
    return _release(list(found.select_related("department__desk", "assigned_to")[:MOST]), at)


def release_from(department: Department, user: User, *, at: datetime) -> int:
    """The same for an agent who left a department, with what is assigned to them there."""
    found = Ticket.objects.unfinished().filter(department=department, assigned_to=user)
    return _release(list(found.select_related("department__desk", "assigned_to")), at)


@transaction.atomic
def _release(tickets: list[Ticket], at: datetime) -> int:
    counts: Counter[tuple[Department, User]] = Counter()
    for ticket in tickets:
        who = ticket.assigned_to
        taken = Ticket.objects.filter(pk=ticket.pk, assigned_to=who)
        if who is None or not taken.update(assigned_to=None):
            continue
        Event.objects.create(
            ticket=ticket, kind=Event.Kind.ASSIGNED, at=at, note=_("back to the queue")
        )
        counts[ticket.department, who] += 1
    for (department, who), count in counts.items():
        telling.released(department, who, count, at=at)
    return counts.total()


def move_from_closed(*, at: datetime) -> int:
    """Hand what is unfinished in closed departments to those that go on with their orders. How many."""
    closed = Department.objects.filter(is_active=False).exclude(successor=None)
    found = Ticket.objects.filter(status__in=MOVED, department__in=closed).order_by("pk")
    counts: Counter[tuple[Department, Department]] = Counter()
    for ticket in found.select_related("department__desk")[:MOST]:
        before, to = ticket.department, ticket.department.in_charge
        if to.is_active:
            acts.transfer(ticket, to, by=None, at=at, is_told=False)
            counts[before, to] += 1
    for (before, to), count in counts.items():
        telling.moved(before, to, count, at=at)
    return counts.total()
