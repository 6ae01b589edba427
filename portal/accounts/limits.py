"""How often something may be tried.

A limit counts in windows of fixed length, in the cache. It is keyed by what the caller names
(an address, an address and a login), never by a login alone: otherwise a stranger could lock a
known CPF out. Why no library does it: docs/decisions/written-although-a-library-exists.md.
"""

import hashlib
import logging
import time
from contextlib import suppress
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from portal import desks
from portal.requests import client_ip
from portal.ui import views

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """``count`` tries in ``seconds``."""

    count: int
    seconds: int


DEFAULT = Limit(30, 60)
LIMITS: dict[str, Limit] = {
    # Failures only: an office of a hundred behind one address signs in every morning.
    "login-address": Limit(60, 600),
    "login-pair": Limit(10, 600),
    "login-device": Limit(10, 600),
    "recovery": Limit(10, 3600),
    "recovery-mail": Limit(3, 3600),
    "request-access": Limit(10, 3600),
    "register": Limit(10, 3600),
    "register-mail": Limit(3, 3600),
    "register-confirm": Limit(10, 3600),
    "guest-link": Limit(10, 3600),
    "guest-link-mail": Limit(3, 3600),
    "reauthenticate": Limit(10, 600),
    "password-change": Limit(10, 600),
    "email-change": Limit(5, 3600),
    "team-invite": Limit(30, 3600),
    "data-export": Limit(10, 3600),
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
    has the default of 30 a minute.
    """
    limit = limit_of(action)
    key = _key(request, action, limit, keys)
    try:
        cache.add(key, 0, limit.seconds)
        return int(cache.incr(key)) > limit.count
    except ValueError:  # the window ended between the two calls
        return False
    except Exception:  # noqa: BLE001 - without a cache people still sign in; the code is still asked
        logger.warning("The cache did not answer; attempts are not counted.")
        return False


def forgive(request: HttpRequest, action: str, *keys: str) -> None:
    """Take one counted try back: it was no failure."""
    key = _key(request, action, limit_of(action), keys)
    with suppress(Exception):  # over already, or no cache: nothing to take back
        cache.decr(key)


def too_many(request: HttpRequest, action: str) -> HttpResponse:
    """The page that says when to try again (429, ``Retry-After`` in seconds)."""
    limit = limit_of(action)
    return views.too_many(request, retry_after=limit.seconds - int(time.time()) % limit.seconds)


def too_many_for_allauth(request: HttpRequest) -> HttpResponse:
    """The same page for what allauth counts: wrong second factors, in windows of five minutes."""
    return views.too_many(request, retry_after=300)


def _key(request: HttpRequest, action: str, limit: Limit, keys: tuple[str, ...]) -> str:
    window = int(time.time()) // limit.seconds
    who = "\n".join(keys or (client_ip(request),))
    digest = hashlib.sha256(who.encode()).hexdigest()[:32]
    return f"limit:{action}:{window}:{digest}"
