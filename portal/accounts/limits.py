"""How often something may be tried.

A limit counts in windows of fixed length, in the cache; where guessing is at stake (``strict``) in
the database while the cache does not answer. It is keyed by what the caller names
(an address, an address and a login), never by a login alone: otherwise a stranger could lock a
known CPF out. Why no library does it: docs/decisions/written-although-a-library-exists.md.
"""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import ngettext

from portal import desks
from portal.accounts.models import Try
from portal.cache import CacheDownError
from portal.requests import client_ip
from portal.ui import views


@dataclass(frozen=True)
class Limit:
    """``count`` tries in ``seconds``. ``strict``: counted also while the cache does not answer."""

    count: int
    seconds: int
    strict: bool = False


DEFAULT = Limit(30, 60)
LIMITS: dict[str, Limit] = {
    # Failures only: an office of a hundred behind one address signs in every morning.
    "login-address": Limit(60, 600, strict=True),
    "login-pair": Limit(10, 600, strict=True),
    "login-device": Limit(10, 600, strict=True),
    "recovery": Limit(10, 3600),
    "recovery-mail": Limit(3, 3600, strict=True),
    "request-access": Limit(10, 3600),
    "register": Limit(10, 3600),
    "register-mail": Limit(3, 3600, strict=True),
    "register-confirm": Limit(10, 3600),
    "guest-link": Limit(10, 3600),
    "guest-link-mail": Limit(3, 3600, strict=True),
    "reauthenticate": Limit(10, 600, strict=True),
    "password-change": Limit(10, 600, strict=True),
    "second-factor": Limit(10, 300, strict=True),  # beside allauth's, which is in the cache alone
    "email-change": Limit(5, 3600),
    "team-invite": Limit(30, 3600),
    "staff-link": Limit(60, 3600),
    "staff-link-mail": Limit(5, 3600),
    "certificate-join": Limit(10, 600, strict=True),
    "data-export": Limit(10, 3600),
    "find": Limit(120, 60),
    "code-sound": Limit(20, 60),
    "code-refresh": Limit(60, 60),
}


class TooMany(Exception):
    """Raised where no response can be returned; the middleware answers with the 429 page."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


def limit_of(action: str) -> Limit:
    """The limit of an action: of people and access, of the desk that has one, else the default."""
    limit: Limit = LIMITS.get(action) or desks.merged("limits").get(action, DEFAULT)
    return limit


def limited(request: HttpRequest, action: str, *keys: str) -> bool:
    """Count one try of ``action``; whether it is one too many.

    Keyed by the client's address unless ``keys`` are given. An action without a limit of its own
    has the default of 30 a minute. A try is taken back when the request fails by our own fault.
    """
    limit = limit_of(action)
    now = time.time()
    key = _key(request, action, limit, keys, now)
    count = _count(key, limit, now)
    _counted(request).append((key, limit))
    return count > limit.count


def forgive(request: HttpRequest, action: str, *keys: str) -> None:
    """Take one counted try back: it was no failure."""
    limit = limit_of(action)
    key = _key(request, action, limit, keys, time.time())
    if (key, limit) in _counted(request):
        _counted(request).remove((key, limit))
    _take_back(key, limit)


def forgive_all(request: HttpRequest) -> None:
    """Take back every try that this request counted: it failed by our own fault."""
    while _counted(request):
        _take_back(*_counted(request).pop())


class ForgivingMiddleware:
    """What failed by our own fault (5xx) does not use up anybody's limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 500:
            forgive_all(request)
        return response


def first_time(name: str, *keys: str, seconds: int) -> bool:
    """Whether nobody asked this with the same ``keys`` in the last ``seconds``.

    Kept in the database: what was used up stays so when the cache forgets or is away.
    """
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    return Try.objects.first_time(f"once:{name}:{_digest(keys)}", at=now, until=until)


def _counted(request: HttpRequest) -> list[tuple[str, Limit]]:
    """The tries that this request has counted so far."""
    if not hasattr(request, "counted_tries"):
        request.counted_tries = []  # type: ignore[attr-defined]
    found: list[tuple[str, Limit]] = request.counted_tries  # type: ignore[attr-defined]
    return found


def _count(key: str, limit: Limit, now: float) -> int:
    """Without the cache strict limits are counted in the database, the others not at all."""
    try:
        cache.add(key, 0, limit.seconds)
        return int(cache.incr(key))
    except CacheDownError:
        if not limit.strict:
            return 0
        end = datetime.fromtimestamp((now // limit.seconds + 1) * limit.seconds, UTC)
        return Try.objects.count_one(key, at=datetime.fromtimestamp(now, UTC), until=end)
    except ValueError:  # the window ended between the two calls
        return 0


def _take_back(key: str, limit: Limit) -> None:
    with suppress(ValueError):  # over already, or no cache
        cache.decr(key)
        return
    if limit.strict:
        Try.objects.take_back(key)


def too_many(request: HttpRequest, action: str) -> HttpResponse:
    """The page that says when to try again (429, ``Retry-After`` in seconds)."""
    return views.too_many(request, retry_after=_seconds_left(action))


def too_often(action: str) -> str:
    """The same in a form that stays on the page with all that was typed."""
    minutes = -(-_seconds_left(action) // 60)
    return ngettext(
        "Too many in a short time. All of it is kept here: send it again in %(minutes)s minute.",
        "Too many in a short time. All of it is kept here: send it again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


def too_many_for_allauth(request: HttpRequest) -> HttpResponse:
    """The same page for what allauth counts: wrong second factors, in windows of five minutes."""
    return views.too_many(request, retry_after=300)


def _seconds_left(action: str) -> int:
    limit = limit_of(action)
    return limit.seconds - int(time.time()) % limit.seconds


def _key(request: HttpRequest, action: str, limit: Limit, keys: tuple[str, ...], now: float) -> str:
    who = _digest(keys or (client_ip(request),))
    return f"limit:{action}:{int(now) // limit.seconds}:{who}"


def _digest(keys: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]
