"""Accesses and clients of offices are found by words without accents, each by an index."""

from datetime import date

import pytest
from django.db import connection

from proxies.models import OfficeClient, Proxy
from proxies.services.listing import found_in
from tests.factories import a_cnpj, a_cpf, make_company
from tests.factories.proxies import make_agency, make_office_client, make_proxy
from tests.tickets.clients import words

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def found(text: str) -> set[str]:
    return {proxy.name for proxy in found_in(Proxy.objects.all(), text)}


def test_an_access_is_found_by_words_of_its_name_its_holder_and_its_agency_without_accents():
    office, holder = make_company("Horizonte", kind="office"), a_cpf()
    city = make_agency("Prefeitura de São João")
    make_proxy(office, name="SENHA WEB", agency=city, holder=holder, holder_name="Inês Conceição")
    make_proxy(office, name="CÓDIGO E-CAC", holder_name="José")
    for text in ("sao joao", "SÃO JOÃO web", "conceicao pref", "inês – senha", holder):
        assert found(text) == {"SENHA WEB"}, text
    assert found("codigo jose") == {"CÓDIGO E-CAC"}
    assert found("codigo web") == found("–") == set()


def test_a_client_is_found_by_words_without_accents_by_the_beginning_of_a_cnpj_and_a_whole_cpf():
    office, number, person = make_company("Horizonte", kind="office"), a_cnpj(), a_cpf()
    bakery = make_office_client(office, "Padaria São João", tax_id=number)
    ines = make_office_client(office, "Inês Prado", tax_id=person)
    make_office_client(office, "Pessoa apagada", tax_id="")
    clients = OfficeClient.objects.filter(office=office)
    for text, expected in {
        "joao sao": [bakery], f"{number[:2]}.{number[2:5]}.{number[5:8]}/": [bakery],
        "ines": [ines], person: [ines], person[:10]: [], "–": [],
    }.items():  # fmt: skip
        assert list(clients.found_by(text)) == expected, text


def test_staff_and_office_search_their_lists_without_accents(cast, client_of):
    make_proxy(cast.office, name="SENHA WEB", holder_name="São João Ltda.")
    staff = client_of(cast.admin)
    assert "SENHA WEB" in words(staff.get("/equipe/procuracoes/", {"q": "sao joao"}))
    assert "SENHA WEB" in words(staff.get("/admin/proxies/proxy/", {"q": "senha"}))
    address = f"/escritorios/{cast.office.pk}/certificados/"
    assert "SENHA WEB" in words(staff.get(address, {"q": "joao"}))


def test_what_serves_former_clients_alone_is_asked_of_each_access_and_not_listed_anew():
    """The schedule of the checks reads a few accesses: it made a list of all, every few minutes."""
    query = str(Proxy.objects.watched(on=date(2026, 11, 20)).query)
    assert query.count('FROM "proxies_proxy"') == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="These indexes are PostgreSQL's.")
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Proxy.objects.filter(name__words="sefaz"), "proxies_by_words"),
        (Proxy.objects.filter(holder_name__words="ines"), "proxies_by_holder_words"),
        (OfficeClient.objects.filter(name__words="padaria"), "proxies_client_by_words"),
    ],
)
def test_the_index_serves_the_search(rows, index: str):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in rows.order_by().explain()
