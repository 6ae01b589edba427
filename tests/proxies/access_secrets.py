from typing import Any

from proxies.models import Proxy
from tests.access import Own
from tests.factories import Cast
from tests.factories.proxies import make_proxy

PUBLIC: set[str] = set()
MEMBER: set[str] = set()
STAFF: dict[str, str] = {}
_VALUES = {f"proxies:{name}" for name in ("reveal", "copy", "code", "versions")}
_OFFICE = {
    f"proxies:{name}" for name in ("disclosures", "disclosures_csv", "disclosures_xlsx", "left")
}
OWN: list[Own] = [
    Own(_VALUES, owners=["carla"], opens={"proxies:versions"}, readers=["admin"]),
    Own(_OFFICE, owners=["carla"], opens=_OFFICE, readers=["admin"]),
]  # fmt: skip


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """Of an access of Carla's office, which she administers."""
    seed = b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    with_seed = make_proxy(cast.office, secrets={"password": b"inventado", "seed": seed})
    return {
        **{name: {"pk": proxy.pk} for name in _VALUES},
        "proxies:code": {"pk": with_seed.pk},
        **{name: {"office": cast.office.pk} for name in _OFFICE},
    }
