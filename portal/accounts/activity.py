"""Notes when and from where a session was last used: once a minute, not at every page."""

import logging
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.core.cache import cache, caches
from django.http import HttpRequest, HttpResponse

EVERY_SECONDS = 60
logger = logging.getLogger(__name__)


class SessionActivityMiddleware:
    """allauth's own writes to the database at each request; a minute is fine enough for a list."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated and _due(key):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _due(session_key: str) -> bool:
    """Whether nobody has noted it within the minute; this process remembers whether it asked."""
    key = f"seen:{session_key}"
    if not caches["process"].add(key, 1, EVERY_SECONDS):
        return False
    try:
        return cache.add(key, 1, EVERY_SECONDS)
    except Exception:  # noqa: BLE001 - without a cache each process notes it
        logger.warning("The cache did not answer; session activity is noted all the same.")
        return True
