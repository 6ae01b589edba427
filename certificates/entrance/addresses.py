"""Addresses of the portal and of the entrance, which are two servers."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

_PORTAL = "certificates.entrance.urls"  # the entrance has other ones, see ``door.urls``
_DOOR = "certificates.entrance.door.urls"


def is_offered() -> bool:
    """Whether there is an entrance at all."""
    return bool(settings.CERTIFICATE_ENTRANCE_URL)


def entrance_url(nonce_hash: str) -> str:
    """Where the certificate is asked for."""
    path = reverse("door_enter", urlconf=_DOOR)
    return f"{settings.CERTIFICATE_ENTRANCE_URL}{path}?{urlencode({'n': nonce_hash})}"


def entrance_test_url() -> str:
    """The entrance's test page; empty when there is no entrance."""
    path = reverse("door_self_test", urlconf=_DOOR)
    return f"{settings.CERTIFICATE_ENTRANCE_URL}{path}" if is_offered() else ""


def start_url() -> str:
    """The portal's page from which a login with a certificate begins."""
    return _portal("start")


def self_test_url() -> str:
    """The portal's page that explains and tests certificates."""
    return _portal("self_test")


def begin_url() -> str:
    """What begins the login."""
    return _portal("go")


def help_url() -> str:
    """The portal's questions and answers."""
    return _portal("help")


def return_url(ticket: str) -> str:
    """Where the ticket is redeemed."""
    return f"{_portal('return')}?{urlencode({'bilhete': ticket})}"


def _portal(name: str, urlconf: str = _PORTAL) -> str:
    return f"{settings.BASE_URL}{reverse(name, urlconf=urlconf)}"
