"""From the portal to the entrance, and back: they are two servers with addresses of their own."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

_PORTAL = "certificates.entrance.urls"  # the entrance has other ones, see ``door.urls``
_DOOR = "certificates.entrance.door.urls"


def offered() -> bool:
    """Whether there is an entrance at all."""
    return bool(settings.CERTIFICATE_ENTRANCE_URL)


def door(nonce_hash: str) -> str:
    """Where the certificate is asked for."""
    path = reverse("door_enter", urlconf=_DOOR)
    return f"{settings.CERTIFICATE_ENTRANCE_URL}{path}?{urlencode({'n': nonce_hash})}"


def door_test() -> str:
    """The entrance's test page; empty when there is no entrance."""
    path = reverse("door_self_test", urlconf=_DOOR)
    return f"{settings.CERTIFICATE_ENTRANCE_URL}{path}" if offered() else ""


def start() -> str:
    """The portal's page from which a login with a certificate begins."""
    return settings.BASE_URL + reverse("start", urlconf=_PORTAL)


def portal_test() -> str:
    """The portal's page that explains and tests certificates."""
    return settings.BASE_URL + reverse("self_test", urlconf=_PORTAL)


def go() -> str:
    """What begins the login."""
    return settings.BASE_URL + reverse("go", urlconf=_PORTAL)


def help_page() -> str:
    """The portal's questions and answers."""
    return settings.BASE_URL + reverse("certificate_help", urlconf="portal.provider.urls")


def way_back(ticket: str) -> str:
    """Where the ticket is redeemed."""
    path = reverse("return", urlconf=_PORTAL)
    return f"{settings.BASE_URL}{path}?{urlencode({'bilhete': ticket})}"
