"""The cookie that ties a login with a certificate to the browser in which it was begun."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

SECONDS = 300
_SALT = "certificates.entrance.nonce"


@dataclass(frozen=True)
class PendingLogin:
    """A login under way. ``next``: where the person was going, or empty; check it before use."""

    nonce: str = ""
    next: str = ""


def cookie_name() -> str:
    """``__Host-``: no other host of the domain can plant one."""
    return "__Host-certificado" if settings.HTTPS else "certificado"


def begin(response: HttpResponse, next_url: str) -> str:
    """Put a new nonce into the browser, for SECONDS; returns it."""
    nonce = secrets.token_urlsafe(32)
    response.set_cookie(
        cookie_name(),
        signing.dumps([nonce, next_url], salt=_SALT),
        max_age=SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return nonce


def pending_login(request: HttpRequest) -> PendingLogin:
    """What the browser began; empty when it began nothing, or too long ago."""
    try:
        held = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return PendingLogin()
    return PendingLogin(*held)


def clear(response: HttpResponse) -> None:
    response.delete_cookie(cookie_name(), samesite="Lax")
    response.cookies[cookie_name()]["secure"] = settings.HTTPS
