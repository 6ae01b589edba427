"""Before what could hand an account or the portal to somebody else: prove again who you are.

The proof is the second factor of who has one, else the password; a login with a certificate counts
too, and in a session that a company's certificate opened it alone does. It holds for ``settings.STEP_UP_MINUTES``. Knows no model of ours.
"""

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
CERTIFICATE = "certificate"  # the method of a login with one
_SECOND, _PASSWORD = "mfa", "password"


def has_stepped_up(request: HttpRequest) -> bool:
    """Whether who is signed in has proven it within the time, in this session."""
    user: Any = request.user
    if getattr(user, "is_limited", False):
        return _is_fresh(request, user, (CERTIFICATE,))
    best = _SECOND if get_mfa_adapter().is_mfa_enabled(user) else _PASSWORD
    return _is_fresh(request, user, (best, CERTIFICATE))


def _is_fresh(request: HttpRequest, user: Any, methods: Sequence[str]) -> bool:
    proofs = [
        record["at"]
        for record in get_authentication_records(request, user)
        if record["method"] in methods
    ]
    return bool(proofs) and time.time() - max(proofs) < settings.STEP_UP_MINUTES * 60


def require_step_up(request: HttpRequest) -> None:
    """Go on only with a proof. Else what was asked for is put aside, with what was typed, and is
    taken up after the proof. Call it before anything is written that is not rolled back.

    Files and passwords are never put aside: a page that sends some asks before its form is shown.
    """
    if has_stepped_up(request):
        return
    # A company's certificate opens none of the person's own pages, that of the password among them.
    is_limited = getattr(request.user, "is_limited", False)
    methods = [] if is_limited else get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        page = render(request, "account/confirm_by_certificate.html", status=403)
        raise ImmediateHttpResponse(page)
    if request.method == "POST" and not _may_be_put_aside(request):
        text = _("Confirm that it is you, then fill the form in again: what you sent was not kept.")
        messages.warning(request, text)
        query = urlencode({"next": request.get_full_path()})
        raise ImmediateHttpResponse(HttpResponseRedirect(f"{methods[0]['url']}?{query}"))
    if request.method == "POST" and request.GET is not None:
        request.META["QUERY_STRING"] = ""  # what was put aside is found again by its path alone
    raise ReauthenticationRequired


def _may_be_put_aside(request: HttpRequest) -> bool:
    return not request.FILES and not any("password" in name for name in request.POST)


def step_up(view: V) -> V:
    """Marks a view, or a method of the administration, that asks for a proof first: see above."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponseBase:
        request = next(arg for arg in args if isinstance(arg, HttpRequest))
        require_step_up(request)
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]
