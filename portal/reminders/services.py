"""What a person is reminded of, and the address of their calendar."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.opening import Means, Opening
from portal.audit.services import record
from portal.reminders.models import Dismissal, Feed, Told
from portal.reminders.registry import LIMIT, THRESHOLDS, Thing, Watch, watches
from portal.reminders.words import day_text, remaining, tone

# What expired is shown for so many days more.
AFTERWARDS = timedelta(days=7)
AHEAD = timedelta(days=max(THRESHOLDS))


@dataclass(frozen=True)
class Reminder:
    """A thing as one person is reminded of it on a civil day."""

    watch: Watch
    thing: Thing
    days: int
    dismissed: bool = False

    @property
    def when(self) -> str:
        return remaining(self.days)

    @property
    def day(self) -> str:
        return day_text(self.thing.expires_on)

    @property
    def tone(self) -> str:
        return tone(self.days)


def reminders(
    user: User, *, on: date, first: date | None = None, last: date | None = None
) -> list[Reminder]:
    """What this person may see that ends in the next 60 days or ended in the last 7, or between
    ``first`` and ``last``; the next to end first, at most ``LIMIT``."""
    first, last = first or on - AFTERWARDS, last or on + AHEAD
    known = dismissed(user)
    found = [
        Reminder(
            watch,
            thing,
            (thing.expires_on - on).days,
            (watch.name, thing.key, thing.version) in known,
        )
        for watch in watches.values()
        for thing in watch.mine(user, first, last, None)
    ]
    return sorted(found, key=lambda r: (r.thing.expires_on, r.thing.title))[:LIMIT]


def dismissed(user: User) -> set[tuple[str, str, str]]:
    """Watch, key and version of what the person wants to hear no more about."""
    rows = Dismissal.objects.filter(user=user)
    return set(rows.values_list("watch", "key", "version"))


def find(user: User, watch: str, key: str, version: str) -> Thing | None:
    """The thing, if the person may see it."""
    if watch not in watches:
        return None
    things = watches[watch].mine(user, date(2000, 1, 1), date(2200, 1, 1), [key])
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
