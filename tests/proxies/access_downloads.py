"""Who may use the addresses of downloads: see ``tests.proxies.access``."""

from typing import Any

from proxies.models import Proxy
from proxies.views.downloads import PUBLISH
from tests.access import Own
from tests.factories import Cast
from tests.factories.downloads import make_download, make_version

PUBLIC = {"proxies:downloads", "proxies:download_file"}
MEMBER: set[str] = set()
STAFF = {"proxies:publish": PUBLISH, "proxies:withdraw": PUBLISH}
OWN: list[Own] = []


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """A file for everybody."""
    version = make_version(make_download(audience="everyone"))
    return {
        "proxies:download_file": {"pk": version.pk},
        "proxies:publish": {"pk": version.download_id},
        "proxies:withdraw": {"pk": version.pk},
    }
