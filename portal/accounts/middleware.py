"""Who asks and by what they came in; and the one page that a person must deal with first."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import ResolverMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from portal.accounts import limits, visits
from portal.accounts.mfa import requires_setup
from portal.accounts.models import EndedCertificate, User
from portal.accounts.opening import Opening, opening_of

# Open whatever is still to be done: the way out, the public pages, and what draws a page.
_ALWAYS = {"account_logout", "account_reauthenticate", "account_change_password"}
_PUBLIC = "site"
_MFA_PREFIX = "mfa_"
# What of people and access a session may use that an e-CNPJ opened, beside what is open to
# strangers; the rest is the person's own.
_NOT_PERSONAL = {
    "account_logout", "accounts:context", "accounts:find_company", "accounts:find_unit",
}  # fmt: skip
_PERSONAL_PREFIXES = ("account_", "accounts:", "mfa_", "usersessions_")


class SessionUserMiddleware(AuthenticationMiddleware):
    """``request.user`` knows by what the session was opened: ``request.user.opening``."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _session_user(request))  # type: ignore[assignment]


def _session_user(request: HttpRequest) -> Any:
    """The session's user; nobody once the certificate that opened it has expired or was revoked."""
    user = get_user(request)
    if not isinstance(user, User):
        return user
    opening = opening_of(request)
    if over := _why_it_is_over(opening):
        request.session.flush()  # not logout(): it asks for the very user that is sought here
        messages.warning(request, over, fail_silently=True)
        return AnonymousUser()
    user.set_login_method(opening)
    return user


def _why_it_is_over(opening: Opening) -> str:
    """What ended the certificate that opened the session; "" while it is good, or for a password."""
    now = timezone.now()
    if opening.is_over(now):
        return _("Your certificate has expired, and with it this session.")
    if opening.by_certificate and EndedCertificate.reason_of(opening.sha256, at=now):
        return _("Your certificate was revoked, and this session ended with it.")
    return ""


def is_personal(match: ResolverMatch) -> bool:
    """Whether this address is a person's own, closed to a session that an e-CNPJ opened.

    A desk marks its own such pages with ``portal.accounts.decorators.personal``.
    """
    if getattr(match.func, "personal", False):
        return True
    if not getattr(match.func, "login_required", True):
        return False
    return match.view_name.startswith(_PERSONAL_PREFIXES) and match.view_name not in _NOT_PERSONAL


class PrivatePages:
    """What was drawn for somebody who is signed in, or for a guest, is kept by no browser.

    What says for itself how long it may be kept (files, pictures) is left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_known = _is_known(request)
        response = self.get_response(request)
        if (was_known or _is_known(request)) and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


def _is_known(request: HttpRequest) -> bool:
    """Whether the session is somebody's. One without a key is not read: it would vary the page."""
    session = request.session
    return bool(session.session_key) and (SESSION_KEY in session or visits.KEY in session)


class AccountStateMiddleware:
    """First an own password instead of a provisional one, then (staff) a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        match, user = request.resolver_match, request.user
        if match is None or match.app_name == _PUBLIC or not isinstance(user, User):
            return None
        if user.is_limited:
            # The person's provisional password and second factor are not this session's matter.
            return _not_yours(request) if is_personal(match) else None
        if match.url_name in _ALWAYS:
            return None
        by_certificate = user.opening is not None and user.opening.by_certificate
        if user.must_change_password and not by_certificate:
            return _go(request, "account_change_password")
        if not (match.url_name or "").startswith(_MFA_PREFIX) and requires_setup(user):
            return _go(request, "mfa_index")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return limits.too_many(request, error.action) if isinstance(error, limits.TooMany) else None


def _not_yours(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/not_with_company_certificate.html", status=403)


def _go(request: HttpRequest, name: str) -> HttpResponseBase:
    """A redirect that htmx follows as a whole page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(name)})
    return redirect(name)
