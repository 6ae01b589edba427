"""Offices, the menu of one, the list of its accesses, the same as a file, and what staff see."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AuditEvent
from proxies.models import Kind, Proxy
from proxies.services.life import expire
from tests.factories import a_cpf, make_company
from tests.factories.proxies import (
    PASSWORD,
    make_agency,
    make_office_client,
    make_proxy,
    open_proxies,
)
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def carla(cast, client_of):
    open_proxies(cast.carla, cast.office)
    return client_of(cast.carla)


def ending(office, days: int, **values) -> Proxy:
    """An access whose last day is so many days ahead."""
    proxy = make_proxy(office, **values)
    proxy.end_is_known, proxy.ends_on = True, timezone.localdate() + timedelta(days=days)
    proxy.save()
    return proxy


def rows(browser, office, **query):
    page = browser.get(reverse("proxies:list", args=[office.pk]), query).context["page"]
    return {row["proxy"].name for row in page.rows}


def test_the_eye_leads_to_the_menu_and_from_there_to_certificates(carla, cast):
    make_proxy(cast.office, name="ACESSO SEFAZ-MT")
    home = carla.get("/escritorios/").content.decode()
    menu = f"/escritorios/{cast.office.pk}/"
    assert f'href="{menu}"' in home
    assert f'href="{menu}certificados/"' in carla.get(menu).content.decode()
    page = carla.get(f"{menu}certificados/")
    assert "ACESSO SEFAZ-MT" in words(page)
    assert f'href="{menu}certificados/novo/"' in page.content.decode()


def test_who_holds_no_grant_that_names_them_meets_no_office(cast, client_of):
    browser = client_of(cast.carla)  # a grant on the office that names no service
    assert "Nenhum escritório aberto para você" in words(browser.get("/escritorios/"))
    assert browser.get(f"/escritorios/{cast.office.pk}/certificados/").status_code == 404
    assert "/escritorios/" not in browser.get("/", follow=True).content.decode()


def test_the_list_filters_by_everything_that_it_shows(carla, cast):
    federal = make_agency("Receita Federal", sphere="federal", state="")
    client = make_office_client(cast.office)
    ending(
        cast.office, 100, name="VALIDA", agency=federal, kind=Kind.CODE, holder_name="Rosa Prado"
    )
    ending(cast.office, 10, name="A VENCER", clients=[client])
    ending(cast.office, -1, name="VENCIDA")
    said = ending(cast.office, 200, name="MARCADA", holder=a_cpf())
    expire(said, by=cast.carla, at=timezone.now())
    gone = ending(cast.office, 5, name="DESATIVADA")
    Proxy.objects.filter(pk=gone.pk).update(status="revoked")
    hidden = ending(cast.office, 5, name="DESTRUIDA")
    Proxy.objects.filter(pk=hidden.pk).update(status="destroyed")
    everything = {"VALIDA", "A VENCER", "VENCIDA", "MARCADA", "DESATIVADA"}
    asked = {
        "": everything, "state=valid": {"VALIDA"}, "state=expiring": {"A VENCER"},
        "state=expired": {"VENCIDA", "MARCADA"}, "state=revoked": {"DESATIVADA"},
        "state=destroyed": {"DESTRUIDA"}, "left=15": {"A VENCER"}, "left=7": set(),
        "sphere=federal": {"VALIDA"}, "kind=code": {"VALIDA"}, f"agency={federal.pk}": {"VALIDA"},
        f"client={client.pk}": {"A VENCER"}, "q=rosa": {"VALIDA"}, "q=receita+val": {"VALIDA"},
        f"q={said.holder}": {"MARCADA"}, "q=nada": set(), "state=outro": set(),
    }  # fmt: skip
    for query, names in asked.items():
        page = carla.get(f"/escritorios/{cast.office.pk}/certificados/?{query}").context["page"]
        assert {row["proxy"].name for row in page.rows} == names, query


def test_another_office_is_not_in_it_and_its_client_no_filter(carla, cast):
    other = make_company("Outro Escritório", kind="office")
    make_proxy(other, name="ALHEIA")
    stranger = make_office_client(other)
    assert rows(carla, cast.office) == set()
    assert rows(carla, cast.office, client=stranger.pk) == set()
    assert carla.get(f"/escritorios/{other.pk}/").status_code == 404


def test_the_menu_counts_by_time_left_what_the_list_then_shows(carla, cast):
    for days in (-3, 0, 7, 8, 15, 16, 45, 46):
        ending(cast.office, days)
    page = carla.get(f"/escritorios/{cast.office.pk}/")
    counts = {figure.label: figure.count for figure in page.context["figures"]}
    assert counts == {
        "Vencidas": 1, "Recusadas": 0, "até 7 dias": 2, "8 a 15 dias": 2, "16 a 30 dias": 1,
        "31 a 45 dias": 1,
    }  # fmt: skip
    for figure in page.context["figures"]:
        assert len(rows(carla, cast.office, **figure.query)) == figure.count


def test_the_card_says_so_where_nothing_is_to_be_done(carla, cast):
    assert "Nada a fazer: nenhuma vencida" in words(carla.get("/painel/"))
    ending(cast.office, 45)
    text = words(carla.get("/painel/"))
    assert "Nada a fazer: nenhuma vencida" not in text
    assert "31 a 45 dias" in text


def test_the_file_has_the_same_selection_without_secrets_and_is_audited(carla, cast):
    proxy = ending(
        cast.office, 10, name="=1+1", holder=a_cpf(), clients=[make_office_client(cast.office)]
    )
    ending(cast.office, 100)
    answer = carla.get(f"/escritorios/{cast.office.pk}/certificados.xlsx", {"left": "15"})
    book = openpyxl.load_workbook(BytesIO(answer.getvalue()))
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert len(cells) == 2
    assert proxy.shown_holder in cells[1]
    assert proxy.holder not in str(cells)
    assert "Padaria Sol" in cells[1]
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)
    event = AuditEvent.objects.get(action="proxy.exported")
    assert event.data == {"rows": 1, "format": "xlsx"}
    plain = (
        carla.get(f"/escritorios/{cast.office.pk}/certificados.csv").getvalue().decode("utf-8-sig")
    )
    assert plain.count("\n") == 3
    assert PASSWORD not in plain


def test_staff_see_every_office_and_open_nothing(cast, client_of):
    proxy = make_proxy(cast.office, name="ACESSO SEFAZ-MT")
    browser = client_of(cast.admin)
    assert "ACESSO SEFAZ-MT" in words(browser.get("/equipe/procuracoes/"))
    assert browser.get("/equipe/procuracoes/", {"office": cast.office.pk}).context["page"].rows
    page = browser.get(proxy.get_absolute_url())
    assert page.status_code == 200
    assert "/alterar/" not in page.content.decode()
    assert browser.get(f"/escritorios/{cast.office.pk}/certificados.xlsx").status_code == 403
    assert client_of(cast.atendente).get("/equipe/procuracoes/").status_code == 403


@pytest.mark.parametrize("address", ["/escritorios/{}/certificados/", "/escritorios/{}/"])
def test_a_page_costs_the_same_whatever_it_holds(carla, cast, address):
    agency = make_agency()
    make_proxy(cast.office, agency=agency)
    carla.get(address.format(cast.office.pk))
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            carla.get(address.format(cast.office.pk))
        costs.append(len(queries))
        for _more in range(6):
            make_proxy(cast.office, agency=agency)
    assert costs[0] == costs[1]
    assert costs[1] <= 22
