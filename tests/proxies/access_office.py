"""Who may use the pages of offices, their accesses and their clients."""

from typing import Any

from proxies.models import Proxy
from proxies.models.offices import VIEW
from tests.access import Own
from tests.factories import Cast
from tests.factories.proxies import make_office_client

PUBLIC: set[str] = set()
MEMBER = {"proxies:offices"}
STAFF = {"proxies:desk": VIEW}
PROXY = {"proxies:proxy", "proxies:change"}
# Of an access that is in use; before it is destroyed, its administrator proves who they are.
POSSIBLE = {"proxies:expire", "proxies:refuse", "proxies:revoke"}
ACTS = {*POSSIBLE, "proxies:confirm", "proxies:release", "proxies:reactivate", "proxies:destroy"}
CLIENT = {
    "proxies:client", "proxies:client_change", "proxies:client_end", "proxies:client_again",
}  # fmt: skip
OFFICE = {
    "proxies:office",
    "proxies:clients",
    "proxies:client_new",
    "proxies:list",
    "proxies:new",
    "proxies:export",
    "proxies:export_csv",
}
OWN: list[Own] = [
    Own(PROXY, owners=["carla"], opens=PROXY, readers=["admin"]),
    Own(ACTS, owners=["carla"], opens=POSSIBLE, readers=["admin"]),
    Own(CLIENT, owners=["carla"], opens=CLIENT, readers=["admin"]),
    Own(OFFICE, owners=["carla"], opens=OFFICE, readers=["admin"]),
]


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """Of an access of Carla's office, which she administers."""
    of_proxy, of_office = {"pk": proxy.pk}, {"office": cast.office.pk}
    client = make_office_client(cast.office)
    of_client = {**of_office, "pk": client.pk}
    return (
        dict.fromkeys(CLIENT, of_client)
        | dict.fromkeys(PROXY | ACTS, of_proxy)
        | dict.fromkeys(OFFICE, of_office)
    )
