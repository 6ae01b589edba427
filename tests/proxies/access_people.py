"""Who may use the addresses of the people of an office: those who administer it."""

from typing import Any

from proxies.models import Proxy
from tests.access import Own
from tests.factories import Cast, make_grant, make_invitation, make_user

_OPENS = {
    "proxies:users", "proxies:user_new", "proxies:user", "proxies:user_deactivate",
    "proxies:user_invited", "proxies:user_remove",
}  # fmt: skip
PUBLIC: set[str] = set()
MEMBER: set[str] = set()
STAFF: dict[str, str] = {}
OWN = [
    Own(
        {*_OPENS, "proxies:user_send"}, owners=["carla"], opens=_OPENS,
        others=frozenset({403, 404, 405}),
    )
]  # fmt: skip


def arguments(cast: Cast, proxy: Proxy) -> dict[str, dict[str, Any]]:
    """Of an access of Carla's office, which she administers."""
    office = {"office": proxy.office_id}
    person = make_user("Olga Oliveira")
    make_grant(person, proxy.office, scopes=["proxies"], source="invitation")
    invited = {**office, "pk": make_invitation(cast.office, cast.carla).pk}
    someone = {**office, "pk": person.pk}
    return {
        "proxies:users": office, "proxies:user_new": office, "proxies:user": someone,
        "proxies:user_deactivate": someone, "proxies:user_invited": invited,
        "proxies:user_send": invited, "proxies:user_remove": invited,
    }  # fmt: skip
