"""Fetches from addresses that certificates name, as the settings of trust allow."""

from django.conf import settings

from portal import fetching
from portal.fetching import GET, FetchFailed, HTTPRequest

__all__ = ["FetchFailed", "HTTPRequest", "fetch"]


def fetch(url: str, *, max_bytes: int, request: HTTPRequest = GET) -> bytes:
    """The body of the answer, within ``TRUST_FETCH_SECONDS`` in all; hosts of
    ``TRUST_PRIVATE_HOSTS`` may be private. Raises FetchFailed."""
    return fetching.fetch(
        url, max_bytes=max_bytes, request=request, seconds=settings.TRUST_FETCH_SECONDS,
        private_hosts=settings.TRUST_PRIVATE_HOSTS,
    )  # fmt: skip
