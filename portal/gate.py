"""Who may enter a staff page, from which address a request comes, where it may be sent: no model."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff_required(*permissions: str) -> Callable[[View[P]], View[P]]:
    """Only staff who hold every one of ``permissions`` may use the view; 403 for others."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may_work(request, *permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.staff_permissions = permissions  # type: ignore[attr-defined]
        return cast("View[P]", guarded)

    return decorate


def may_work(request: HttpRequest, *permissions: str) -> bool:
    """Whether the request's user is active staff and holds ``permissions``; for menus and views."""
    user = request.user
    return (
        user.is_authenticated and user.is_active and user.is_staff and user.has_perms(permissions)
    )


def own_address(request: HttpRequest, url: str) -> str:
    """``url`` if it stays in this portal, else ""; for where a form or an address says to go next."""
    safe = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if safe else ""


def client_ip(request: HttpRequest) -> str:
    """The address of who asks, or "" where there is none (a socket without a proxy).

    Of ``X-Forwarded-For`` only what our own ``settings.TRUSTED_PROXIES`` proxies wrote counts:
    the entry that far from the right. What a client wrote before it is ignored.
    """
    address = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if hops and len(forwarded) >= hops:
        address = forwarded[-hops]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""
