"""Who may use the addresses of accesses."""

from typing import Any

from tests.access import Access
from tests.factories import Cast
from tests.factories.proxies import make_proxy, open_proxies
from tests.proxies import (
    access_checks,
    access_downloads,
    access_former,
    access_imports,
    access_office,
    access_people,
    access_secrets,
)

_PARTS = (
    access_office, access_secrets, access_checks, access_imports, access_people, access_downloads,
    access_former,
)  # fmt: skip


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    open_proxies(cast.carla, cast.office)
    proxy = make_proxy(cast.office)
    found: dict[str, dict[str, Any]] = {}
    for part in _PARTS:
        found |= part.arguments(cast, proxy)
    return found


ACCESS = Access(
    service="proxies",
    public={name for part in _PARTS for name in part.PUBLIC},
    member={name for part in _PARTS for name in part.MEMBER},
    staff={name: permission for part in _PARTS for name, permission in part.STAFF.items()},
    own=[own for part in _PARTS for own in part.OWN],
    arguments=_arguments,
)
