"""The agents' queues: what each holds, in which order, and how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import User
from portal.ui.lists import COUNTED
from tickets.models import Department, Ticket
from tickets.models.departments import member_of
from tickets.models.tickets import TicketQuerySet, may_see_all

DEFAULT, ALL, OVERDUE = "departments", "all", "overdue"
LABELS = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    DEFAULT: _("My departments"),
    "answer": _("Needs an answer"),
    OVERDUE: _("Overdue"),
    "waiting": _("Waiting for the client"),
    ALL: pgettext_lazy("service orders", "All"),
}
NEWEST = ("-last_activity", "-pk")
# What was promised first stands first.
ORDERS = {OVERDUE: ("next_due", "pk")}


@dataclass(frozen=True)
class Agent:
    """Whose queues these are. ``departments``: keys of their own; ``sees_all``: beyond them, too."""

    user: User
    departments: Sequence[int]
    sees_all: bool

    @property
    def reach(self) -> Q:
        """The departments whose orders they see. Said with keys: the database then chooses the
        index of a queue by what is in it (bench line 10)."""
        return Q() if self.sees_all else Q(department__in=self.departments)

    @property
    def own(self) -> Q:
        """Their departments; of who belongs to none and sees all, every one."""
        if self.sees_all and not self.departments:
            return Q()
        return Q(department__in=self.departments)


def agent_of(user: User) -> Agent:
    return Agent(user, member_of(user), may_see_all(user))


def conditions(agent: Agent, at: datetime) -> dict[str, Q]:
    """What each queue but "all" asks of an unfinished order: its list and its counter have one rule."""
    return {
        "mine": Q(assigned_to=agent.user),
        "unassigned": agent.reach & Q(assigned_to=None),
        DEFAULT: agent.own,
        "answer": agent.reach & Q(needs_answer=True),
        OVERDUE: agent.reach & Q(next_due__lt=at),
        "waiting": agent.reach & Q(status=Ticket.Status.WAITING_CLIENT),
    }


def of_queue(name: str, tickets: TicketQuerySet, *, agent: Agent, at: datetime) -> TicketQuerySet:
    """The orders of a queue, out of those that the agent may see."""
    if name == ALL:
        return tickets.exclude(status=Ticket.Status.UNCONFIRMED)
    return tickets.unfinished().filter(conditions(agent, at)[name])


def counters(*, agent: Agent, at: datetime) -> dict[str, int | None]:
    """How many each queue but "all" has; None: more than ``COUNTED``, beyond which nobody counts.

    Each condition lies within what the agent sees, and no order is asked for: a partial index gives
    the first thousand, where sorting would read all that are unfinished (bench line 11).
    """
    found: dict[str, int | None] = {}
    for name in conditions(agent, at):
        rows = of_queue(name, Ticket.objects.order_by(), agent=agent, at=at)
        count = rows.values("pk")[: COUNTED + 1].count()
        found[name] = count if count <= COUNTED else None
    return found


def parts_of(name: str, agent: Agent) -> list[Q]:
    """The departments of a queue one by one, each of which an index has in its order; none of a
    queue that asks for no department."""
    everywhere = agent.sees_all and (name != DEFAULT or not agent.departments)
    if name in ("mine", ALL) or everywhere:
        return []
    return [Q(department=key) for key in agent.departments]


def order_of(name: str) -> tuple[str, ...]:
    """In which order a queue is read."""
    return ORDERS.get(name, NEWEST)


def departments_of(user: Any) -> Any:
    """Those whose orders the agent sees."""
    found = Department.objects.select_related("desk")
    return found if may_see_all(user) else found.filter(members=user)
