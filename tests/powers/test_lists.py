"""The lists of both sides and of staff: what they show, find and cost."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.taxid import format_tax_id
from tests.factories import Cast, a_cnpj, make_company, make_unit
from tests.factories.powers import with_e_cnpj, with_e_cpf
from tests.powers.browsing import browser_of, words
from tests.powers.rows import ending, power_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]
LISTS = ["/procuracoes/concedidas/", "/procuracoes/recebidas/", "/equipe/procuracoes-eletronicas/"]
GRANTED, RECEIVED, DESK = LISTS


@pytest.fixture
def browsers(cast: Cast, client_of: Any) -> dict[str, Client]:
    """Who looks at which list: the office's e-CNPJ, Ana's e-CPF, an administrator."""
    return {
        GRANTED: browser_of(with_e_cnpj(cast.carla, cast.office.tax_id)),
        RECEIVED: browser_of(with_e_cpf(cast.ana)),
        DESK: client_of(cast.admin),
    }


def codes(client: Client, path: str, **query: str) -> set[str]:
    page = client.get(path, query).context["page"]
    return {row["power"].code for row in page.rows}


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_says_so(browsers, path):
    assert "Nenhuma procuração" in words(browsers[path].get(path))


@pytest.mark.parametrize("path", LISTS)
def test_each_row_says_who_what_where_until_when_and_how_it_stands(browsers, cast, path):
    unit = make_unit(cast.office, "Filial Norte")
    power = power_row(cast.office, cast.ana, units=[unit], ends_on=ending(200))
    page = words(browsers[path].get(path))
    other = power.grantee_name if path == GRANTED else power.grantor_name
    for said in (other, "Faturas e relatórios", "Aguardando aceite", f"{ending(200):%d/%m/%Y}"):
        assert said in page
    assert ("Filial Norte" in page) == (path != DESK)


@pytest.mark.parametrize("path", LISTS)
def test_it_costs_the_same_with_few_rows_and_with_many(browsers, cast, path):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browsers[path].get(path).status_code == 200
        return len(queries)

    unit = make_unit(cast.office)
    power_row(cast.office, cast.ana, units=[unit])
    cost()
    few = cost()
    for _ in range(30):
        power_row(cast.office, cast.ana, units=[unit])
    assert cost() <= few + 1  # beyond one page the rows are counted


@pytest.mark.parametrize("path", LISTS)
def test_filters_stand_in_the_address(browsers, cast, path):
    one = power_row(
        cast.office, cast.ana, services=["tickets"], ends_on=ending(10), status="active"
    )
    two = power_row(cast.office, cast.ana, services=["invoices"], office_cnpj=a_cnpj())
    asked: dict[str, set[str]] = {
        "": {one.code, two.code}, "state=ending": {one.code}, "state=waiting": {two.code},
        "state=revoked": set(), "state=other": set(), "service=tickets": {one.code},
        f"q={one.shown_code}": {one.code}, f"q={two.code.lower()}": {two.code},
        f"q={format_tax_id(cast.ana.cpf)}": {one.code, two.code}, "q=nada": set(),
        f"q={two.office_cnpj}": {two.code}, "q=ana+sou": {one.code, two.code}, "q=%00": set(),
    }  # fmt: skip
    for query, found in asked.items():
        page = browsers[path].get(f"{path}?{query}").context["page"]
        shown = {row["power"].code for row in page.rows}
        assert shown == found or query == "q=%00", query


def test_pages_go_by_key(browsers, cast):
    for _ in range(30):
        power_row(cast.office, cast.ana)
    first = browsers[RECEIVED].get(RECEIVED).context["page"]
    assert (len(first.rows), first.previous) == (25, "")
    second = browsers[RECEIVED].get(RECEIVED, {"cursor": first.next}).context["page"]
    assert len(second.rows) == 5
    assert not {r["power"].pk for r in first.rows} & {r["power"].pk for r in second.rows}


def test_the_accountant_sees_all_companies_and_no_one_else_s(browsers, cast):
    mine = {power_row(make_company(f"Cliente {n}"), cast.ana).code for n in range(3)}
    power_row(cast.office, cast.bruno)
    power_row(cast.office, cast.ana, status="draft")
    assert codes(browsers[RECEIVED], RECEIVED) == mine


def test_a_cpf_that_was_only_typed_receives_nothing(cast, client_of):
    power_row(cast.office, cast.ana)
    cast.ana.cpf_proof, cast.ana.cpf_proven_at = "", None
    cast.ana.save()
    page = words(client_of(cast.ana).get(RECEIVED))
    assert cast.office.name.upper() not in page
    assert "O seu ainda não está comprovado aqui" in page


def test_drafts_stand_apart_for_who_made_them(browsers, cast):
    draft = power_row(cast.office, cast.ana, status="draft", signer=cast.carla)
    page = browsers[GRANTED].get(GRANTED)
    assert f"/procuracoes/conceder/{draft.code}/" in page.content.decode()
    assert codes(browsers[GRANTED], GRANTED) == set()
    assert codes(browsers[DESK], DESK) == set()


def test_the_search_box_finds_them_for_both_sides_and_staff(browsers, cast, client_of):
    power = power_row(cast.office, cast.ana)
    for client in (*browsers.values(), client_of(cast.carla)):
        page = client.get("/busca/", {"q": power.shown_code})
        assert power.get_absolute_url() in page.content.decode()
    page = client_of(cast.bruno).get("/busca/", {"q": power.shown_code})
    assert power.get_absolute_url() not in page.content.decode()
