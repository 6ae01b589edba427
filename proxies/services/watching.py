"""Accesses that expire, for the reminders: which ones, whom to tell, what to do.

An access whose agency does not say how long it lasts is watched by the day on which it is to be
looked at, and said to be so. ``version`` changes with a new value alone: an edit restarts nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Grant, User
from portal.reminders.registry import ExpiringItem
from proxies.models import Kind, Proxy
from proxies.models.offices import SERVICE
from proxies.models.proxies import ProxyQuerySet

# Who keeps accesses is told early: an agency's own procedure may take weeks.
THRESHOLDS = (45, 30, 15, 7, 1, 0)
LEVELS = (Grant.Level.OPERATE, Grant.Level.ADMINISTER)
CHUNK = 2000
_FIELDS = (
    "pk", "name", "kind", "ends_on", "value_set_on", "end_is_known", "agency__name", "office__name",
)  # fmt: skip


class _Row(NamedTuple):
    pk: int
    name: str
    kind: str
    ends_on: date
    value_set_on: date
    end_is_known: bool
    agency: str
    office: str


def due(first: date, last: date) -> Iterator[ExpiringItem]:
    """Every access in use whose value ends in these days, the next to end first.

    Read by key over the index ``proxies_watched``, so that a million of them take the memory of
    a few thousand (bench line 22).
    """
    yield from _items(Proxy.objects.watched(), first, last)


def visible_to(
    user: User, first: date, last: date, keys: Collection[str] | None, *, backwards: bool = False
) -> Iterator[ExpiringItem]:
    """Those that this person keeps: as who is told. Staff are not reminded of clients' accesses."""
    if user.is_staff:
        return
    mine = Proxy.objects.operable_by(user).watched()
    if keys is not None:
        mine = mine.filter(pk__in=[key for key in keys if key.isdecimal() and len(key) < 19])
    yield from _items(mine, first, last, backwards=backwards)


def recipients(keys: Collection[str]) -> dict[str, set[int]]:
    """Who is told: those who operate or administer the office by a grant that names accesses."""
    found: dict[str, set[int]] = {}
    rows = iter(keys)
    while chunk := list(islice(rows, CHUNK)):
        offices: Any = Proxy.objects.filter(pk__in=chunk).values_list("pk", "office")
        by_office = keepers({office for _pk, office in offices}, at=timezone.now())
        found |= {str(pk): by_office.get(office, set()) for pk, office in offices}
    return found


def keepers(offices: Collection[int], *, at: datetime) -> dict[int, set[int]]:
    """For each office the people who keep its accesses, as keys of users."""
    grants = Grant.objects.in_force(at).opening(SERVICE)
    mine = grants.filter(company__in=offices, level__in=LEVELS, user__is_active=True)
    found: dict[int, set[int]] = defaultdict(set)
    for office, user in mine.values_list("company", "user"):
        if office is not None:
            found[office].add(user)
    return found


def _items(
    proxies: ProxyQuerySet, first: date, last: date, *, backwards: bool = False
) -> Iterator[ExpiringItem]:
    # What somebody has said to be expired does not end any more: its list and its page say so.
    watched = proxies.filter(expired_at=None, ends_on__gte=first, ends_on__lte=last)
    order = ("-ends_on", "-pk") if backwards else ("ends_on", "pk")
    found = watched.order_by(*order).values_list(*_FIELDS)
    beyond = Q()
    while True:
        rows = [_Row(*row) for row in found.filter(beyond)[:CHUNK]]
        yield from _as_items(rows)
        if len(rows) < CHUNK:
            return
        beyond = _beyond(rows[-1], backwards=backwards)


def _beyond(row: _Row, *, backwards: bool) -> Q:
    """What comes after this one. The day stands apart, so that an index begins there."""
    if backwards:
        return Q(ends_on__lte=row.ends_on) & (Q(ends_on__lt=row.ends_on) | Q(pk__lt=row.pk))
    return Q(ends_on__gte=row.ends_on) & (Q(ends_on__gt=row.ends_on) | Q(pk__gt=row.pk))


def _as_items(rows: list[_Row]) -> Iterator[ExpiringItem]:
    """Neither a secret nor the holder's number leaves in a reminder.

    What is the same for many is made once for all of them (bench line 22).
    """
    before, _pk, after = reverse("proxies:proxy", args=[0]).rpartition("0")
    advices = {
        (kind.value, known): _advice(kind, known) for kind in Kind for known in (True, False)
    }
    for row in rows:
        yield ExpiringItem(
            key=str(row.pk), version=f"{row.value_set_on.toordinal()}-{row.ends_on.toordinal()}",
            title=f"{row.name} – {row.office}", detail=row.agency, expires_on=row.ends_on,
            url=f"{before}{row.pk}{after}", advice=advices[row.kind, row.end_is_known],
            rank=f"{row.pk:019d}", is_end=row.end_is_known,
        )  # fmt: skip


def _advice(kind: Kind, end_is_known: bool) -> str:
    """What to do before it ends."""
    if not end_is_known:
        return _(
            "The agency does not say how long these accesses last: sign in there, and set the new "
            "password here if it has changed."
        )
    if kind == Kind.CERTIFICATE:
        return _("Send the new certificate before the present one ends: queries stop with it.")
    return _(
        "Renew the password or the code at the agency and set the new one here: without it the "
        "queries at the agency stop."
    )
