"""Notes when and from where a session was last used, once a minute; ends one that was left alone."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache, caches
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from portal.full_disk import note_if_there_is_room
from portal.requests import own_address

EVERY_SECONDS = 60


class SessionActivityMiddleware:
    """allauth's own writes to the database at each request; a minute is fine enough for a list.

    A session that was not used for ``SESSION_IDLE_MINUTES`` (``STAFF_IDLE_MINUTES``) is over. Its
    person is told why, signs in again and comes back to where they were.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.session.session_key
        if key and request.user.is_authenticated and _due(key):
            if minutes := _left_alone(request, key):
                _sign_out(request, key, minutes)
                if request.method != "GET" or request.headers.get("HX-Request"):
                    return _to_login(request)
            else:
                note_if_there_is_room(partial(UserSession.objects.create_from_request, request))
        return self.get_response(request)


def _left_alone(request: HttpRequest, key: str) -> int:
    """The minutes allowed, where the session was not used for longer; else 0."""
    is_staff = request.user.is_staff
    minutes: int = settings.STAFF_IDLE_MINUTES if is_staff else settings.SESSION_IDLE_MINUTES
    over = timezone.now() - timedelta(minutes=minutes)
    row = UserSession.objects.filter(session_key=key, last_seen_at__lt=over)
    return minutes if minutes and row.exists() else 0


def _sign_out(request: HttpRequest, key: str, minutes: int) -> None:
    UserSession.objects.filter(session_key=key).delete()
    request.session.flush()
    request.user = AnonymousUser()
    text = ngettext(
        "You did not use the portal for more than %(n)d minute, so you were signed out for your "
        "safety. Sign in, and you are back where you were.",
        "You did not use the portal for more than %(n)d minutes, so you were signed out for your "
        "safety. Sign in, and you are back where you were.",
        minutes,
    )
    messages.warning(request, text % {"n": minutes})


def _to_login(request: HttpRequest) -> HttpResponseBase:
    """To the login, and from there back to the page from which this was sent: what only takes a
    form, or is a part of a page, cannot be come back to."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    path = urlsplit(own_address(request, page))._replace(scheme="", netloc="").geturl()
    login = redirect_to_login(path or reverse("ui:dashboard"))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": login.url})
    return login


def _due(session_key: str) -> bool:
    """Whether nobody has noted it within the minute; this process remembers whether it asked."""
    key = f"seen:{session_key}"
    if not caches["process"].add(key, 1, EVERY_SECONDS):
        return False
    return cache.add(key, 1, EVERY_SECONDS)  # without a cache each process notes it
