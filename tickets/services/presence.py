"""Who else has an order open. It stands in the cache alone: without the cache nobody is shown."""

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
    cache.set(_key(ticket, user.pk), 1, SECONDS)


def others(ticket: Ticket, user: User, *, at: datetime) -> list[Here]:
    """Who else has it open. Whoever opened it once has a row in ``Seen``."""
    readers = Seen.objects.filter(ticket=ticket).exclude(user=user)
    names = dict(readers.filter(user__is_staff=True).values_list("user", "user__name"))
    here = cache.get_many([_key(ticket, pk) for pk in names])
    answering = drafts.answering(ticket, at=at) if here else set()
    found = [Here(name, pk in answering) for pk, name in names.items() if _key(ticket, pk) in here]
    return sorted(found, key=lambda one: one.name)


def _key(ticket: Ticket, user: int) -> str:
    return f"ticket-here:{ticket.pk}:{user}"
