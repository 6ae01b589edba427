"""Notes when and from where a session was last used: once a minute, not at every page."""

from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.core.cache import cache, caches
from django.http import HttpRequest, HttpResponse

EVERY_SECONDS = 60


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
    return cache.add(key, 1, EVERY_SECONDS)  # without a cache each process notes it
