from datetime import date
from typing import Any

from tests.access import Access, Own, World, guest_of, limited_to
from tests.factories import Cast
from tests.sixth.models import Pass

DRIVER = "motorista@exemplo.com.br"


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    made = Pass.objects.create(
        unit=cast.unit_a1, plate="GUE5T00", until=date(2026, 12, 31), driver=DRIVER
    )
    return {"sixth:pass": {"pk": made.pk}}


def _pass(world: World) -> Pass:
    return Pass.objects.get(**world.arguments["sixth:pass"])


ACCESS = Access(
    service="sixth",
    member={"sixth:list", "sixth:export"},
    staff={"sixth:import": "sixth.add_pass"},
    own=[
        Own(
            {"sixth:pass"}, owners=["ana", "driver", "only_sixth"], opens={"sixth:pass"},
            readers=["atendente", "admin"],
        )
    ],
    arguments=_arguments,
    roles={"driver": guest_of(_pass, DRIVER), "only_sixth": limited_to("sixth")},
)  # fmt: skip
