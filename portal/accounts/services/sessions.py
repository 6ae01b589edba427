"""Where a person is signed in: a line per session, in plain words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.accounts.opening import SESSION_KEY as OPENING_KEY
from portal.accounts.opening import Means, Opening
from portal.audit.services import record

KEPT = 20  # open sessions of one person
# In this order: several browsers name the ones they descend from.
_BROWSERS = [
    ("Edge", r"\bEdg(e|A|iOS)?/"), ("Opera", r"\bOPR/|\bOpera"), ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"), ("Chrome", r"Chrome/|\bCriOS/|\bChromium/"),
    ("Safari", r"\bSafari/"),
]  # fmt: skip
_SYSTEMS = [
    ("iPhone", r"iPhone"), ("iPad", r"iPad"), ("Android", r"Android"), ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"), ("macOS", r"Mac OS X|Macintosh"), ("Linux", r"Linux|X11"),
]  # fmt: skip


@dataclass(frozen=True)
class Device:
    """One session as it is shown. ``kind`` is "phone" or "computer"; ``opening``: by what it began."""

    pk: int
    name: str
    kind: str
    address: str
    started_at: datetime
    seen_at: datetime
    current: bool
    opening: Opening


def describe(user_agent: str) -> str:
    """``Firefox on Windows``: what a person calls the device."""
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def devices(user: User, *, at: datetime, current: str | None) -> list[Device]:
    """The sessions that still open, the current one first, then by last activity.

    Those that ended by themselves are forgotten on the way. Costs two queries, and a third where
    there is something to forget, whatever the number of sessions.
    """
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at"))
    openings = _openings(user, [row.session_key for row in rows], at=at)
    over = [row.pk for row in rows if row.session_key not in openings]
    if over:
        UserSession.objects.filter(pk__in=over).delete()
    alive = [row for row in rows if row.session_key in openings]
    alive.sort(key=lambda row: row.session_key != current)
    return [_device(row, openings[row.session_key], current) for row in alive]


def end_one(user: User, pk: int, *, request: HttpRequest) -> bool:
    """End one of the person's other sessions; False when it is not theirs, or is this very one."""
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is None or row.session_key == request.session.session_key:
        return False
    with transaction.atomic():
        row.end()
        record("account.session_ended", target=user, request=request)
    return True


def end_others(user: User, *, request: HttpRequest) -> int:
    """End every session of the person but this one; how many."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    with transaction.atomic():
        count = 0
        for row in rows:
            row.end()
            count += 1
        record("account.sessions_ended", target=user, request=request, data={"count": count})
    return count


def end_opened_by(user: User, means: Means) -> int:
    """End the person's sessions that were opened so; how many."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    count = 0
    for session in Session.objects.filter(session_key__in=list(rows)):
        if Opening.from_json(session.get_decoded().get(OPENING_KEY)).means == means:
            rows[session.session_key].end()
            count += 1
    return count


def make_room(user: User, *, request: HttpRequest) -> int:
    """Before one more begins: end the sessions that were used longest ago beyond ``KEPT``; how many.

    Each session is looked at when its person signs in, so that their number is the login's cost.
    """
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
    over = dict(rows.values_list("pk", "session_key")[KEPT - 1 :])
    if not over:
        return 0
    with transaction.atomic():
        UserSession.objects.filter(pk__in=over).delete()
        # Only those that had not ended by themselves are told.
        ended = Session.objects.filter(session_key__in=over.values()).delete()[0]
        kept = caches[settings.SESSION_CACHE_ALIAS]
        kept.delete_many([SessionStore.cache_key_prefix + key for key in over.values()])
        if ended:
            data = {"count": ended, "reason": "too many"}
            record("account.oldest_sessions_ended", target=user, request=request, data=data)
    return ended


def _openings(user: User, keys: Iterable[str], *, at: datetime) -> dict[str, Opening]:
    """Sessions that exist, have not expired (nor the certificate that opened them) and stand on
    the password of today: each with how it was opened."""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    found = {}
    for session in Session.objects.filter(session_key__in=list(keys), expire_date__gt=at):
        data = session.get_decoded()
        mine = str(data.get(SESSION_KEY)) == str(user.pk)
        known = str(data.get(HASH_SESSION_KEY, ""))
        opening = Opening.from_json(data.get(OPENING_KEY))
        if mine and any(constant_time_compare(known, h) for h in hashes):
            found[session.session_key] = opening
    return {key: opening for key, opening in found.items() if not opening.is_over(at)}


def _device(row: UserSession, opening: Opening, current: str | None) -> Device:
    mobile = _first(_SYSTEMS, row.user_agent) in {"iPhone", "iPad", "Android"}
    return Device(
        pk=row.pk, name=describe(row.user_agent), kind="phone" if mobile else "computer",
        address=row.ip, started_at=row.created_at, seen_at=row.last_seen_at,
        current=row.session_key == current, opening=opening,
    )  # fmt: skip


def _first(patterns: list[tuple[str, str]], text: str) -> str:
    return next((name for name, pattern in patterns if re.search(pattern, text)), "")
