from typing import Any

from proxies.models import Proxy
from tests.access import Own
from tests.factories import Cast

PUBLIC: set[str] = set()
MEMBER: set[str] = set()
STAFF: dict[str, str] = {}
OWN: list[Own] = []


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """Of an access of Carla's office, which she administers."""
    return {}
