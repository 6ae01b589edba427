"""Keeps a person on the one page they must deal with first."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from portal.accounts import limits
from portal.accounts.mfa import requires_setup
from portal.accounts.models import User

# Open whatever is still to be done: the way out, the public pages, and what draws a page.
_ALWAYS = {"account_logout", "account_reauthenticate", "account_change_password"}
_PUBLIC = "site"
_MFA_PREFIX = "mfa_"


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
        if match is None or match.url_name in _ALWAYS or match.app_name == _PUBLIC:
            return None
        if not isinstance(user, User):
            return None
        if user.must_change_password:
            return _go(request, "account_change_password")
        if not (match.url_name or "").startswith(_MFA_PREFIX) and requires_setup(user):
            return _go(request, "mfa_index")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return limits.too_many(request, error.action) if isinstance(error, limits.TooMany) else None


def _go(request: HttpRequest, name: str) -> HttpResponseBase:
    """A redirect that htmx follows as a whole page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(name)})
    return redirect(name)
