"""What an office's people do at the same moment; see ``races``."""

from django.utils import timezone

from proxies.services import clients
from tests.factories import Cast, a_cnpj
from tests.racing import Race, Work

_S = "proxies.services"


def _client(cast: Cast) -> Work:
    number = a_cnpj()
    return lambda: clients.register(
        cast.office, name="Padaria Sol", tax_id=number, by=cast.carla, at=timezone.now()
    )


RACES = [
    Race(name="client-of-office", prepare=_client, services={f"{_S}.clients._save"},
         told=(clients.ClientTaken,), leaves={"proxies.OfficeClient": 1}),
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {}
