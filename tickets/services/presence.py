"""Who else has an order open. It stands in the cache alone: without the cache nobody is shown."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from portal.accounts.models import User
from tickets.models import Seen, Ticket
from tickets.services import drafts

SECONDS = 45


@dataclass(frozen=True)
class Here:
    """An agent who has the order open."""

    name: str
    is_answering: bool


def come(ticket: Ticket, user: User) -> None:
    """Say for the next 45 seconds that this agent has the order open."""
    cache.set_many({_key(ticket.pk, user.pk): 1, _of_anybody(ticket.pk): 1}, SECONDS)


def others(ticket: Ticket, user: User, *, at: datetime) -> list[Here]:
    """Who else has it open. Whoever opened it once has a row in ``Seen``."""
    readers = Seen.objects.filter(ticket=ticket).exclude(user=user)
    names = dict(readers.filter(user__is_staff=True).values_list("user", "user__name"))
    here = cache.get_many([_key(ticket.pk, pk) for pk in names])
    answering = drafts.answering(ticket, at=at) if here else set()
    found = [
        Here(name, pk in answering) for pk, name in names.items() if _key(ticket.pk, pk) in here
    ]
    return sorted(found, key=lambda one: one.name)


def in_orders(tickets: Collection[int], user: User) -> dict[int, list[str]]:
    """The names of who else has each of these orders open, by the order's key. One question to the
    cache; the database is asked for those alone that somebody has open."""
    marks = cache.get_many([_of_anybody(pk) for pk in tickets])
    opened = [pk for pk in tickets if _of_anybody(pk) in marks]
    if not opened:
        return {}
    readers = Seen.objects.filter(ticket__in=opened, user__is_staff=True).exclude(user=user)
    rows = list(readers.order_by("user__name").values_list("ticket", "user", "user__name"))
    here = cache.get_many([_key(ticket, pk) for ticket, pk, _name in rows])
    found: dict[int, list[str]] = {}
    for ticket, pk, name in rows:
        if _key(ticket, pk) in here:
            found.setdefault(ticket, []).append(name)
    return found


def _key(ticket: int, user: int) -> str:
    return f"ticket-here:{ticket}:{user}"


def _of_anybody(ticket: int) -> str:
    return f"ticket-here:{ticket}"
