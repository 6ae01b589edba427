"""The clients of an office, the first page and the search box."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from proxies.models import OfficeClient
from tests.factories import a_cnpj, a_cpf, make_company
from tests.factories.proxies import make_agency, make_office_client, make_proxy, open_proxies
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def carla(cast, client_of):
    open_proxies(cast.carla, cast.office)
    return client_of(cast.carla)


def test_a_client_is_registered_once_changed_and_found(carla, cast):
    base, number = f"/escritorios/{cast.office.pk}/clientes/", a_cnpj()
    sent = {"name": "Padaria Sol", "tax_id": number}
    assert "O cliente foi salvo." in words(carla.post(f"{base}novo/", sent, follow=True))
    again = words(carla.post(f"{base}novo/", {"name": "Outra", "tax_id": number}))
    assert "O escritório já tem um cliente com este CNPJ ou CPF." in again
    client = OfficeClient.objects.get()
    carla.post(f"{base}{client.pk}/alterar/", {**sent, "name": "Padaria Lua"})
    assert "Padaria Lua" in words(carla.get(base, {"q": number}))
    assert "Padaria Lua" in words(carla.get(base, {"q": "lua pad"}))
    assert "Padaria Lua" not in words(carla.get(base, {"q": "sol"}))
    assert "CPF ou CNPJ válido" in words(carla.post(f"{base}novo/", {"name": "X", "tax_id": "1"}))


def test_the_end_of_a_contract_shows_what_is_left_and_can_be_taken_back(carla, cast):
    client = make_office_client(cast.office, tax_id=a_cpf())
    proxy = make_proxy(cast.office, clients=[client])
    page = f"/escritorios/{cast.office.pk}/clientes/{client.pk}/"
    assert proxy.name in words(carla.get(page))
    assert client.tax_id not in carla.get(page).content.decode()
    today = timezone.localdate()
    ended = words(carla.post(f"{page}encerrar/", {"on": f"{today:%d/%m/%Y}"}, follow=True))
    assert "O contrato terminou em" in ended
    assert "desative as que serviam só a este cliente" in ended
    new = f"/escritorios/{cast.office.pk}/certificados/novo/?kind=login&sphere=state"
    assert client.name not in carla.get(new).content.decode()
    # An access that serves it keeps it until somebody takes it out.
    assert client.name in carla.get(f"/procuracoes/{proxy.pk}/alterar/").content.decode()
    carla.post(f"{page}retomar/")
    assert client.name in carla.get(new).content.decode()


def test_who_does_not_administer_sees_clients_and_changes_none(cast, client_of):
    open_proxies(cast.carla, cast.office, "operate")
    client, browser = make_office_client(cast.office), client_of(cast.carla)
    page = f"/escritorios/{cast.office.pk}/clientes/{client.pk}/"
    assert browser.get(page).status_code == 200
    for act in ("alterar", "encerrar", "retomar"):
        assert browser.post(f"{page}{act}/", {}).status_code == 403
    other = make_office_client(make_company("Outro", kind="office"))
    assert browser.get(f"/escritorios/{cast.office.pk}/clientes/{other.pk}/").status_code == 404


def test_the_first_page_counts_what_ends_and_leads_to_the_list(carla, cast):
    proxy = make_proxy(cast.office, name="ACESSO SEFAZ-MT")
    proxy.end_is_known, proxy.ends_on = True, timezone.localdate() + timedelta(days=10)
    proxy.save()
    body = carla.get("/", follow=True).content.decode()
    address = f"/escritorios/{cast.office.pk}/certificados/?left=15"
    assert f'href="{address}">8 a 15 dias</a>' in body
    assert "ACESSO SEFAZ-MT" in words(carla.get(address))


def test_the_search_box_finds_accesses_of_ones_own_offices_alone(carla, cast, client_of):
    make_proxy(cast.office, name="ACESSO SEFAZ-MT")
    make_proxy(make_company("Outro", kind="office"), name="ACESSO SEFAZ-PA")
    text = words(carla.get("/busca/", {"q": "sefaz"}))
    assert "ACESSO SEFAZ-MT" in text
    assert "ACESSO SEFAZ-PA" not in text
    assert "ACESSO SEFAZ" not in words(client_of(cast.bruno).get("/busca/", {"q": "sefaz"}))


def test_the_accesses_of_a_client_go_by_pages_in_the_order_of_their_names(carla, cast):
    """They were all on one page."""
    client, agency = make_office_client(cast.office), make_agency()
    for number in range(30):
        make_proxy(cast.office, name=f"ACESSO {number:02}", agency=agency, clients=[client])
    address = f"/escritorios/{cast.office.pk}/clientes/{client.pk}/"
    first = carla.get(address)
    assert names_in(first) == [f"ACESSO {number:02}" for number in range(25)]
    assert 'rel="next"' in first.content.decode()
    cursor = first.context["page"].next
    assert names_in(carla.get(address, {"cursor": cursor})) == [
        f"ACESSO {number}" for number in range(25, 30)
    ]


def names_in(page):
    return re.findall(r">(ACESSO \d\d)<", page.content.decode())
