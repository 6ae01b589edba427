"""The secret address of a person's calendar."""

import secrets
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.opening import Means, Opening
from portal.audit.services import record
from portal.reminders.models import Feed
from portal.tokens import digest_of


def new_feed(user: User, *, at: datetime, request: HttpRequest | None = None) -> str:
    """A new secret for the person's calendar; the address before it opens nothing any more.

    Returned once: only its SHA-256 is kept.
    """
    token = secrets.token_urlsafe(32)
    Feed.objects.update_or_create(
        user=user, defaults={"digest": digest_of(token), "created_at": at, "read_on": None}
    )
    record("reminders.feed_made", target=user, request=request)
    return token


def end_feed(user: User, *, request: HttpRequest | None = None) -> None:
    """The person's calendar has no address any more."""
    if Feed.objects.filter(user=user).delete()[0]:
        record("reminders.feed_ended", target=user, request=request)


def reader_of(token: str, *, at: datetime) -> User | None:
    """Whose calendar it is, as if they had signed in with a password; None for an unknown token
    or a person who may not sign in."""
    feed = Feed.objects.open().select_related("user").filter(digest=digest_of(token)).first()
    if feed is None:
        return None
    today = timezone.localdate(at)
    if feed.read_on != today:
        Feed.objects.filter(pk=feed.pk).update(read_on=today)
    user: User = feed.user
    user.opening = Opening(Means.PASSWORD)  # what asks for a certificate stays out of calendars
    return user
