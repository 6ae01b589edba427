"""How often something may be tried.

A limit counts in windows of fixed length, in the cache. It is keyed by what the caller names
(an address, an address and a login), never by a login alone: otherwise a stranger could lock a
known CPF out.
"""

import hashlib
import time
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts.access import client_ip


@dataclass(frozen=True)
class Limit:
    """``count`` tries in ``seconds``."""

    count: int
    seconds: int


DEFAULT = Limit(30, 60)
LIMITS: dict[str, Limit] = {}


def limited(request: HttpRequest, action: str, *keys: str) -> bool:
    """Count one try of ``action``; whether it is one too many.

    Keyed by the client's address unless ``keys`` are given. An action that ``LIMITS`` does not
    know has the default of 30 a minute.
    """
    limit = LIMITS.get(action, DEFAULT)
    key = _key(request, action, limit, keys)
    cache.add(key, 0, limit.seconds)
    try:
        return cache.incr(key) > limit.count
    except ValueError:  # it ended between the two calls
        cache.add(key, 1, limit.seconds)
        return False


def over_limit(request: HttpRequest, action: str, *keys: str) -> bool:
    """Whether ``action`` is used up, without counting."""
    limit = LIMITS.get(action, DEFAULT)
    return int(cache.get(_key(request, action, limit, keys), 0)) >= limit.count


def too_many(request: HttpRequest, action: str) -> HttpResponse:
    """The page that says when to try again (429, ``Retry-After`` in seconds)."""
    limit = LIMITS.get(action, DEFAULT)
    seconds = limit.seconds - int(time.time()) % limit.seconds
    context = {"retry_minutes": -(-seconds // 60)}
    response = render(request, "errors/429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _key(request: HttpRequest, action: str, limit: Limit, keys: tuple[str, ...]) -> str:
    window = int(time.time()) // limit.seconds
    who = "\n".join(keys or (client_ip(request),))
    digest = hashlib.sha256(who.encode()).hexdigest()[:32]
    return f"limit:{action}:{window}:{digest}"
