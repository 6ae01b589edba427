"""Who may use the address of what is held for former clients: see ``tests.proxies.access``."""

from typing import Any

from proxies.models import Proxy
from tests.access import Own
from tests.factories import Cast

PUBLIC: set[str] = set()
MEMBER: set[str] = set()
STAFF: dict[str, str] = {}
_NAMES = {"proxies:former"}
OWN = [Own(_NAMES, owners=["carla"], opens=_NAMES, readers=["admin"])]


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """Of Carla's office, which she administers."""
    return {name: {"office": proxy.office_id} for name in _NAMES}
