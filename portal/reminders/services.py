"""What a person is reminded of, and the address of their calendar."""

import hashlib
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.opening import Means, Opening
from portal.audit.services import record
from portal.reminders.models import Dismissal, Feed, Told
from portal.reminders.registry import THRESHOLDS, Thing, Watch, watches
from portal.reminders.words import day_text, remaining, tone
from portal.ui.pages import PAGE_SIZE

# What expired is shown for so many days more.
AFTERWARDS = timedelta(days=7)
AHEAD = timedelta(days=max(THRESHOLDS))


# What a calendar shows: a certificate in hardware lives up to five years.
BEFORE_CALENDAR, CALENDAR = timedelta(days=31), timedelta(days=6 * 366)
_SALT = "reminders"
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Reminder:
    """A thing as one person is reminded of it on a civil day."""

    watch: Watch
    thing: Thing
    days: int
    dismissed: bool = False

    @property
    def place(self) -> Place:
        """Where it stands among the things of all watches."""
        return (*self.thing.place, self.watch.name)

    @property
    def when(self) -> str:
        return remaining(self.days)

    @property
    def day(self) -> str:
        return day_text(self.thing.expires_on)

    @property
    def tone(self) -> str:
        return tone(self.days)


@dataclass(frozen=True)
class ReminderPage:
    """One page of reminders; ``next`` and ``previous`` are opaque cursors or empty."""

    rows: list[Reminder]
    next: str
    previous: str


def coming(user: User, *, on: date) -> Iterator[Reminder]:
    """What this person may see that ends in the next 60 days or ended in the last 7, and did not
    dismiss; the next to end first, read no further than it is asked for."""
    found = _between(user, on, on - AFTERWARDS, on + AHEAD)
    return (reminder for reminder in found if not reminder.dismissed)


def calendar_of(user: User, *, on: date) -> Iterator[Reminder]:
    """The same of the last month and the next six years: all that a calendar is to show."""
    found = _between(user, on, on - BEFORE_CALENDAR, on + CALENDAR)
    return (reminder for reminder in found if not reminder.dismissed)


def dismissed_ones(user: User, *, on: date) -> list[Reminder]:
    """What of it the person dismissed, by hand and one by one."""
    keys = {key for _watch, key, _version in dismissed(user)}
    if not keys:
        return []
    found = _between(user, on, on - AFTERWARDS, on + AHEAD, keys=keys)
    return [reminder for reminder in found if reminder.dismissed]


def reminder_page(user: User, *, on: date, cursor: str, size: int = PAGE_SIZE) -> ReminderPage:
    """The page of ``coming`` at ``cursor``; the first for one that was tampered with."""
    first, last = on - AFTERWARDS, on + AHEAD
    backwards, edge = _read_cursor(cursor)
    if edge and not backwards:
        first = max(first, date.fromisoformat(edge[0]))
    elif edge:
        last = min(last, date.fromisoformat(edge[0]))
    found = _between(user, on, first, last, backwards=backwards)
    beyond = (
        r for r in found
        if not r.dismissed and (not edge or (r.place < edge if backwards else r.place > edge))
    )  # fmt: skip
    rows = list(islice(beyond, size + 1))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    return ReminderPage(
        rows,
        _cursor(rows[-1], backwards=False) if rows and (more or backwards) else "",
        _cursor(rows[0], backwards=True) if rows and (more if backwards else edge) else "",
    )


def _read_cursor(cursor: str) -> tuple[bool, Place | None]:
    try:
        backwards, edge = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        return False, None
    return backwards, tuple(edge)


def _cursor(reminder: Reminder, *, backwards: bool) -> str:
    return signing.dumps((backwards, reminder.place), salt=_SALT)


def _between(
    user: User, on: date, first: date, last: date, *, keys: Collection[str] | None = None,
    backwards: bool = False,
) -> Iterator[Reminder]:  # fmt: skip
    """What this person may see of all watches, in one order."""
    known = dismissed(user)
    each = [
        (
            Reminder(
                watch, thing, (thing.expires_on - on).days,
                (watch.name, thing.key, thing.version) in known,
            )
            for thing in watch.mine(user, first, last, keys, backwards=backwards)
        )
        for watch in watches().values()
    ]  # fmt: skip
    return merge(*each, key=lambda reminder: reminder.place, reverse=backwards)


def dismissed(user: User) -> set[tuple[str, str, str]]:
    """Watch, key and version of what the person wants to hear no more about."""
    rows = Dismissal.objects.filter(user=user)
    return set(rows.values_list("watch", "key", "version"))


def find(user: User, watch: str, key: str, version: str) -> Thing | None:
    """The thing, if the person may see it."""
    if watch not in watches():
        return None
    things = watches()[watch].mine(user, date(2000, 1, 1), date(2200, 1, 1), [key])
    return next((thing for thing in things if thing.version == version), None)


def dismiss(user: User, watch: str, thing: Thing, *, at: datetime) -> None:
    """Say no more to this person about this version. Idempotent."""
    Dismissal.objects.get_or_create(
        user=user, watch=watch, key=thing.key, version=thing.version, defaults={"at": at}
    )


def restore(user: User, watch: str, thing: Thing) -> None:
    """Remind the person again."""
    Dismissal.objects.filter(user=user, watch=watch, key=thing.key, version=thing.version).delete()


def new_feed(user: User, *, at: datetime, request: HttpRequest | None = None) -> str:
    """A new secret for the person's calendar; the address before it opens nothing any more.

    Returned once: only its SHA-256 is kept.
    """
    token = secrets.token_urlsafe(32)
    Feed.objects.update_or_create(
        user=user, defaults={"digest": digest(token), "created_at": at, "read_on": None}
    )
    record("reminders.feed_made", target=user, request=request)
    return token


def end_feed(user: User, *, request: HttpRequest | None = None) -> None:
    """The person's calendar has no address any more."""
    if Feed.objects.filter(user=user).delete()[0]:
        record("reminders.feed_ended", target=user, request=request)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def reader_of(token: str, *, at: datetime) -> User | None:
    """Whose calendar it is, as if they had signed in with a password; None for an unknown token
    or a person who may not sign in."""
    feed = Feed.objects.open().select_related("user").filter(digest=digest(token)).first()
    if feed is None:
        return None
    today = timezone.localdate(at)
    if feed.read_on != today:
        Feed.objects.filter(pk=feed.pk).update(read_on=today)
    user: User = feed.user
    user.opening = Opening(Means.PASSWORD)  # what asks for a certificate stays out of calendars
    return user


def forget_person(user: Any) -> None:
    """Erasure (LGPD)."""
    Feed.objects.filter(user=user).delete()
    Dismissal.objects.filter(user=user).delete()
    Told.people.through.objects.filter(user_id=user.pk).delete()
