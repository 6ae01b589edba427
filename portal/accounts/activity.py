"""Notes when and from where a session was last used: once a minute, not at every page."""

import logging
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.core.cache import cache
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
    try:
        return cache.add(f"seen:{session_key}", 1, EVERY_SECONDS)
    except Exception:  # noqa: BLE001 - without a cache every request is noted
        logger.warning("The cache did not answer; session activity is noted at each request.")
        return True
