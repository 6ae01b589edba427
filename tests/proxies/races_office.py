"""What an office's people do at the same moment; see ``races``."""

from django.utils import timezone

from proxies.services import clients, life
from tests.factories import Cast, a_cnpj
from tests.factories.proxies import make_agency, make_proxy
from tests.racing import Race, Work

_S = "proxies.services"


def _register(cast: Cast) -> Work:
    agency = make_agency()
    return lambda: make_proxy(cast.office, agency=agency, name="ACESSO SEFAZ-MT")


def _client(cast: Cast) -> Work:
    number = a_cnpj()
    return lambda: clients.register(
        cast.office, name="Padaria Sol", tax_id=number, by=cast.carla, at=timezone.now()
    )


RACES = [
    Race(name="register-access", prepare=_register, services={f"{_S}.life.register"},
         told=(life.NameTaken,), leaves={"proxies.Proxy": 1, "proxies.SecretValue": 2}),
    Race(name="client-of-office", prepare=_client, services={f"{_S}.clients._save"},
         told=(clients.ClientTaken,), leaves={"proxies.OfficeClient": 1}),
]  # fmt: skip
EXCEPTIONS = {
    "under the access's lock; the version of a value is decided by its constraint": {
        f"{_S}.life._note", f"{_S}.life._restart_clock",
        f"{_S}.life.change", f"{_S}.life.expire",
    },
    "sets one day on a row of its own, whoever comes last": {f"{_S}.clients._set_end"},
}  # fmt: skip
