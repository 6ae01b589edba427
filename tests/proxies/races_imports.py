"""The import of accesses is handed in once, however often it is sent at the same moment."""

import io

from django.utils import timezone

from proxies.services import importing
from tests.factories import Cast
from tests.factories.proxies import make_agency
from tests.racing import Race, Work

_COLUMNS = "esfera;orgao;tipo;nome;titular;login;senha"


def _import(cast: Cast) -> Work:
    agency = make_agency()
    row = f"Estadual;{agency.name};Login;ACESSO 1;11.222.333/0001-81;usuario;inventada"
    content = f"{_COLUMNS}\n{row}\n".encode()
    return lambda: importing.receive(
        cast.office, io.BytesIO(content), name="Acessos", by=cast.carla, at=timezone.now()
    )


RACES = [
    Race(
        name="import of accesses", services=frozenset({"proxies.services.importing._create"}),
        prepare=_import, leaves={"proxies.ProxyBatch": 1, "proxies.ProxyBatchRow": 1},
    )
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {}
