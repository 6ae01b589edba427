"""Cards on the first page: what waits for the grantee, and what the grantor should look at."""

from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.scope import scope_of
from portal.desks import Card
from proxies.powers.models import TONES, Power, PowerQuerySet, State, proven_cpf_of

SHOWN = 5


def waiting(request: HttpRequest) -> Card | None:
    """To the grantee: powers that wait for an answer. None where none does."""
    user = scope_of(request).user
    if user.is_staff or not proven_cpf_of(user):
        return None
    found = Power.objects.received(user).in_state(State.WAITING, timezone.localdate())
    rows = list(_brief(found)[:SHOWN])
    return Card(5, "powers/cards/waiting.html", {"rows": rows}) if rows else None


def to_look_at(request: HttpRequest) -> Card | None:
    """To the grantor: powers that end soon, and those that nobody has accepted yet."""
    user, now = scope_of(request).user, timezone.now()
    if user.is_staff or not (user.is_limited or scope_of(request).administers):
        return None
    today, granted = timezone.localdate(now), Power.objects.granted(user, at=now)
    found = granted.in_state(State.ENDING, today) | granted.in_state(State.WAITING, today)
    rows = [
        {"power": power, "state": power.state(today).label, "tone": TONES[power.state(today)]}
        for power in _brief(found)[:SHOWN]
    ]
    return Card(24, "powers/cards/to_look_at.html", {"rows": rows}) if rows else None


def _brief(powers: PowerQuerySet) -> PowerQuerySet:
    return powers.defer("record", "signature").order_by("ends_on", "pk")
