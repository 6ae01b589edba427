from typing import Any

from django.http import HttpRequest

from portal import desks
from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.permissions import HELP_DESK
from tests.sixth.forms import keep_plate
from tests.sixth.models import Pass

LIST = desks.Link(label="Credenciais", url_name="sixth:list")


def card(request: HttpRequest) -> desks.Card:
    count = Pass.objects.visible_to(scope_of(request).user).count()
    return desks.Card(50, "sixth/card.html", {"count": count})


def personal_data(user: User) -> list[dict[str, Any]]:
    return [{"Placa": found.plate} for found in Pass.objects.visible_to(user)]


desks.register(
    desks.Desk(
        name="sixth",
        label="Estacionamento",
        urls="tests.sixth.urls",
        nav=[
            desks.NavItem("Credenciais", "sixth:list", "key", "client", 50, lambda _request: True)
        ],
        front=[
            desks.Door(title="Estacionamento", text="Peça.", icon="key", order=60, links=[LIST])
        ],
        cards=[card],
        sitemap=[LIST],
        services=[desks.Service(name="sixth", label="Estacionamento")],
        groups={HELP_DESK: ["sixth.view_pass", "sixth.add_pass"]},
        personal_data={"Estacionamento": personal_data},
        registration=desks.Registration(
            slug="estacionamento", form="tests.sixth.forms.PlateForm", complete=keep_plate
        ),
    )
)
