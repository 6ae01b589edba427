"""Who may look at the checks of an access, and have one made."""

from typing import Any

from proxies.models import Proxy
from tests.access import Own
from tests.factories import Cast

PUBLIC: set[str] = set()
MEMBER: set[str] = set()
STAFF: dict[str, str] = {}
NAMES = {"proxies:check", "proxies:checks", "proxies:stop_checks"}
OWN = [Own(NAMES, owners=["carla"], opens={"proxies:checks"}, readers=["admin"])]


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """Of an access of Carla's office, which she administers."""
    return {key: {"pk": proxy.pk} for key in NAMES}
