"""My data (LGPD): everything that is kept about me, on the page and in a file."""

import json
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal import desks
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.taxid import format_tax_id
from tests.factories import Cast
from tests.portal.entrance import text

pytestmark = pytest.mark.both

ClientOf = Callable[..., Client]
EXPORT = "accounts:my_data_export"


def export(client: Client) -> dict[str, object]:
    response = client.post(reverse(EXPORT))
    assert response["Content-Disposition"] == 'attachment; filename="meus-dados.json"'
    assert "no-store" in response["Cache-Control"]
    found: dict[str, object] = json.loads(response.content)
    return found


def test_the_page_says_what_is_kept_and_why(cast: Cast, client_of: ClientOf) -> None:
    page = text(client_of(cast.ana).get(reverse("accounts:my_data")))
    assert "Por quanto tempo".lower() in page.lower()
    assert format_tax_id(cast.ana.cpf or "") in page
    assert str(cast.unit_a1) in page
    assert "Marco Civil" in page


def test_the_file_holds_every_section_and_only_ones_own_data(
    cast: Cast, client_of: ClientOf
) -> None:
    record("account.login", target=cast.bruno, actor=cast.bruno)
    data = export(client_of(cast.ana))
    for section in (
        "Cadastro",
        "Acesso a empresas e unidades",
        "Onde estou conectado",
        "Meus pedidos",
    ):
        assert section in data
    whole = json.dumps(data, ensure_ascii=False)
    assert (cast.ana.email or "?") in whole
    assert (cast.bruno.email or "?") not in whole
    assert f"accounts.user:{cast.bruno.pk}" not in whole


def test_no_secret_is_in_the_file(cast: Cast, client_of: ClientOf) -> None:
    ana = client_of(cast.ana)
    whole = json.dumps(export(ana))
    assert cast.ana.password not in whole
    assert str(ana.session.session_key) not in whole


def test_another_part_of_the_portal_adds_its_section(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"Documento": f"Fatura {n}", "Quando": "01/02/2026"} for n in range(14)]
    monkeypatch.setitem(
        desks._desks,
        "viewers",
        desks.Desk(name="viewers", label="", personal_data={"Quem viu": lambda _user: rows}),
    )
    ana = client_of(cast.ana)
    page = text(ana.get(reverse("accounts:my_data")))
    assert "Quem viu" in page
    assert "Fatura 9" in page
    assert "Fatura 10" not in page
    assert "Mais 4 linhas estão no arquivo." in page
    assert export(ana)["Quem viu"] == rows


def test_taking_the_file_along_is_recorded_and_limited(cast: Cast, client_of: ClientOf) -> None:
    cache.clear()
    ana = client_of(cast.ana)
    answers = [ana.post(reverse(EXPORT)).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    assert AuditEvent.objects.filter(action="account.data_exported").count() == 10


def test_the_file_is_not_given_to_a_link(cast: Cast, client_of: ClientOf) -> None:
    assert client_of(cast.ana).get(reverse(EXPORT)).status_code == 405
