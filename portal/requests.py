"""From which address a request comes, what its keys are, where it may be sent next. Knows no model."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LARGEST_KEY = 10**18 - 1  # that is asked for: databases take a little more


def own_address(request: HttpRequest, url: str) -> str:
    """``url`` if it is an address of this portal, from the slash on or whole, else ""; for where a
    form or an address says to go next."""
    safe = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if safe and url.startswith(("/", "http")) else ""


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


def key_of(typed: str) -> int | None:
    """The key that was sent, or None: of more than 18 digits no row has one, and of thousands
    Python makes no number."""
    return int(typed) if typed.isdecimal() and len(typed) <= len(str(LARGEST_KEY)) else None


def keys_of(typed: str, *, most: int) -> list[int]:
    """The keys among the first ``most`` words of a text, which has commas between them."""
    found = (key_of(word) for word in typed.split(",")[:most])
    return [key for key in found if key is not None]
