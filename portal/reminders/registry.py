"""What a desk watches: see ``Desk.watches``."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from django.utils.functional import Promise

from portal import desks

if TYPE_CHECKING:
    from portal.accounts.models import User

# Days before the end at which people are told; 0 is the day itself.
THRESHOLDS = (60, 30, 15, 7, 1, 0)


@dataclass(frozen=True)
class ExpiringItem:
    """Something that ends on the civil day ``expires_on`` (Brasília); without ``is_end`` nobody knows
    whether it ends then, and it is to be looked at on that day.

    ``key`` names it for ever, ``version`` changes when it is prolonged; both are texts of at most
    80 characters without personal data. ``title``, ``detail`` and ``advice`` (what to do) are for
    people and never hold a CPF. ``url`` is a path of the portal. ``rank`` orders what ends on the
    same day; the key does where it is empty.
    """

    key: str
    version: str
    title: str
    detail: str
    expires_on: date
    url: str
    advice: str = ""
    rank: str = ""
    is_end: bool = True

    @property
    def sort_key(self) -> tuple[str, str]:
        """The order among the items of its watch."""
        return (self.expires_on.isoformat(), self.rank or self.key)


class VisibleItems(Protocol):
    """What a person may see of what is watched; see ``Watch``."""

    def __call__(
        self, user: "User", first: date, last: date, keys: Collection[str] | None, *,
        backwards: bool = False,
    ) -> Iterable[ExpiringItem]: ...  # fmt: skip


@dataclass(frozen=True)
class Watch:
    """What one desk watches. What was renewed, or is not watched any more, is never in it.

    ``due(first, last)``: everything that ends in these days, the next to end first.
    ``recipients(keys)``: for each key who is told, as keys of users.
    ``visible_to(user, first, last, keys)``: what this person may see of it, by ``ExpiringItem.sort_key`` (or
    ``backwards``), read no further than it is asked for; only these ``keys`` unless they are None.
    ``staff_permission``: who gets the digest of everything.
    ``list_url``: name of the page that lists one's own; to such staff it lists everything.
    ``is_staffs``: that page is for such staff alone.
    ``prepare(at)``: what has to be known before ``due`` is asked; done by each day's run.
    """

    name: str
    label: str | Promise
    due: Callable[[date, date], Iterable[ExpiringItem]]
    recipients: Callable[[Collection[str]], Mapping[str, Iterable[int]]]
    visible_to: VisibleItems
    staff_permission: str = ""
    list_url: str = ""
    is_staffs: bool = False
    thresholds: tuple[int, ...] = THRESHOLDS
    prepare: Callable[[datetime], object] | None = None

    def has_list_for(self, user: "User") -> bool:
        """Whether there is a page that lists what is watched to this person."""
        return bool(self.list_url) and (not self.is_staffs or user.has_perm(self.staff_permission))

    def threshold(self, days: int) -> int | None:
        """The smallest threshold that ``days`` before the end has reached; None before the first.

        So whoever missed some days, or is seen late, is told of the nearest one alone. After the
        end it is that of the day itself.
        """
        return min((t for t in self.thresholds if t >= days), default=None)


def watches() -> dict[str, Watch]:
    """Every watch of every desk, by its name."""
    return {watch.name: watch for watch in desks.gather("watches")}
