"""Who may use the addresses of certificate orders."""

from typing import Any

from tests.access import Access
from tests.factories import Cast
from tests.orders import access_agenda, access_clients, access_desk, access_notes


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    return {
        **access_agenda.arguments(cast), **access_clients.arguments(cast), **access_desk.arguments(cast),
        **access_notes.arguments(cast),
    }  # fmt: skip


ACCESS = Access(
    service="orders", public=access_agenda.PUBLIC | access_clients.PUBLIC, member=access_clients.MEMBER, own=[access_agenda.OWN, access_clients.OWN, access_notes.OWN],
    staff={**access_desk.STAFF, **access_agenda.STAFF, **access_notes.STAFF},
    arguments=_arguments,
)  # fmt: skip
