"""Notes when and from where a session was last used, once a minute; ends one that was left alone.

What a page asks for by itself (a progress bar, every two seconds) says so by the header
``UNATTENDED``: it is no use of the session, though it ends one that was left alone.

Where the database cannot be written (a full disk), the time is noted in a signed cookie instead:
nobody is signed out in the middle of their work, and nobody can write it but the portal.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache, caches
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from portal.requests import own_address
from portal.tokens import digest_of

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60
UNATTENDED = "X-Unattended"
_SALT = "portal.accounts.activity"


class SessionActivityMiddleware:
    """allauth's own writes to the database at each request; a minute is fine enough for a list.

    A session that was not used for ``SESSION_IDLE_MINUTES`` (``STAFF_IDLE_MINUTES``) is over. Its
    person is told why, signs in again and comes back to where they were.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.session.session_key
        unattended = UNATTENDED in request.headers
        if not key or not request.user.is_authenticated or not _due(key, unattended=unattended):
            return self.get_response(request)
        if minutes := _left_alone(request, key):
            _sign_out(request, key, minutes)
            if request.method != "GET" or request.headers.get("HX-Request"):
                return _to_login(request)
            return self.get_response(request)
        is_noted = unattended or _note(request)
        response = self.get_response(request)
        if not is_noted:
            _note_in_cookie(response, key)
        return response


def _note(request: HttpRequest) -> bool:
    """Whether the use could be noted in the database."""
    try:
        UserSession.objects.create_from_request(request)
    except DatabaseError:
        logger.exception("The database cannot be written: the use of a session is not noted there.")
        return False
    return True


def _note_in_cookie(response: HttpResponseBase, key: str) -> None:
    response.set_signed_cookie(
        settings.ACTIVITY_COOKIE_NAME, digest_of(key), salt=_SALT,
        secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip


def _is_in_cookie(request: HttpRequest, key: str, age: timedelta) -> bool:
    """Whether this session was used within ``age``, by the cookie."""
    noted = request.get_signed_cookie(
        settings.ACTIVITY_COOKIE_NAME, default="", salt=_SALT, max_age=age
    )
    return noted == digest_of(key)


def _left_alone(request: HttpRequest, key: str) -> int:
    """The minutes allowed, where the session was not used for longer; else 0."""
    is_staff = request.user.is_staff
    minutes: int = settings.STAFF_IDLE_MINUTES if is_staff else settings.SESSION_IDLE_MINUTES
    allowed = timedelta(minutes=minutes)
    row = UserSession.objects.filter(session_key=key, last_seen_at__lt=timezone.now() - allowed)
    over = minutes and row.exists() and not _is_in_cookie(request, key, allowed)
    return minutes if over else 0


def _sign_out(request: HttpRequest, key: str, minutes: int) -> None:
    try:
        UserSession.objects.filter(session_key=key).delete()
        request.session.flush()
    except DatabaseError:  # it stays over: each time that it is used, this browser is let go of
        logger.exception("The database cannot be written: a session that is over stays there.")
        request.session = type(request.session)()
        _forget_due(key)
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


def _due(session_key: str, *, unattended: bool = False) -> bool:
    """Whether nobody has noted it (or looked, of what is unattended) within the minute; this
    process remembers whether it asked."""
    key = f"{'watched' if unattended else 'seen'}:{session_key}"
    if not caches["process"].add(key, 1, EVERY_SECONDS):
        return False
    return cache.add(key, 1, EVERY_SECONDS)  # without a cache each process notes it


def _forget_due(session_key: str) -> None:
    for store in (caches["process"], cache):
        store.delete_many([f"seen:{session_key}", f"watched:{session_key}"])
