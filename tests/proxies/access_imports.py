"""Who may use the addresses of the import: those who operate the office's accesses. Before one is
undone, its administrator proves who they are."""

from typing import Any

from proxies.models import Proxy, ProxyBatch
from tests.access import Own
from tests.factories import Cast

_OFFICE = {"proxies:batches", "proxies:new_batch", "proxies:batch_template"}
_ONE = {
    f"proxies:batch{part}"
    for part in (
        "", "_rows", "_errors", "_apply", "_undo", "_discard", "_go_on", "_stop",
    )
}  # fmt: skip
PUBLIC: set[str] = set()
MEMBER: set[str] = set()
STAFF: dict[str, str] = {}
OWN = [
    Own(
        _OFFICE | _ONE | {"proxies:batch_progress"}, owners=["carla"],
        opens=(_OFFICE | _ONE) - {"proxies:batch_undo"},
        others=frozenset({403, 404, 405}),
    )
]  # fmt: skip


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """Of an access of Carla's office, which she administers."""
    del cast
    batch = ProxyBatch.objects.create(office=proxy.office, name="Senhas.xlsx", status="checked")
    office = {"office": proxy.office_id}
    one = {name: {"pk": batch.pk} for name in (*_ONE, "proxies:batch_progress")}
    return {
        "proxies:batches": office, "proxies:new_batch": office,
        "proxies:batch_template": {**office, "extension": "csv"}, **one,
    }  # fmt: skip
