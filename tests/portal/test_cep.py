"""A CEP's address is asked from a service that may be down, slow, or answer anything."""

import json
from typing import Any

import pytest

from portal.municipalities import cep
from portal.municipalities.cep import Address, NoAnswer, UnknownCep, find
from portal.municipalities.forms import CepField
from tests.certificates import web

pytestmark = pytest.mark.django_db
PATH = "/ws/30160012/json/"
ANSWER = {
    "cep": "30160-012", "logradouro": "Rua da Bahia", "complemento": "até 1699/1700", "unidade": "",
    "bairro": "Centro", "localidade": "Belo Horizonte", "uf": "MG", "estado": "Minas Gerais",
    "regiao": "Sudeste", "ibge": "3106200", "gia": "", "ddd": "31", "siafi": "4123",
}  # fmt: skip


@pytest.fixture
def service(settings, monkeypatch):
    """A local service that speaks ViaCEP's protocol."""
    made = web.Web()
    settings.CEP_LOOKUP_URL = made.url("")
    monkeypatch.setattr(cep, "SECONDS", 600)  # a busy machine is no service that is slow
    yield made
    made.stop()


def says(service: web.Web, answer: Any) -> None:
    service.pages[PATH] = answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def test_an_address_is_found(service):
    says(service, ANSWER)
    assert find("30160012") == Address(
        street="Rua da Bahia", district="Centro", city="Belo Horizonte", state="MG"
    )
    assert service.asked == [PATH]


def test_a_town_with_one_cep_has_neither_street_nor_district(service):
    says(service, ANSWER | {"logradouro": "", "bairro": None, "localidade": "SABARA"})
    assert find("30160012") == Address(street="", district="", city="Sabará", state="MG")


@pytest.mark.parametrize("error", [True, "true"])
def test_a_cep_that_nobody_has_is_unknown(service, error):
    says(service, {"erro": error})
    with pytest.raises(UnknownCep):
        find("30160012")


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"<html>", b"\xff\xfe", b"null", b"[]", b'"x"', b"1" * 9000, b"[" * 9000, {}, [ANSWER],
        {"erro": False}, {"erro": 1.5}, ANSWER | {"uf": "XX"}, ANSWER | {"uf": ["MG"]},
        ANSWER | {"localidade": "Lugar Nenhum"}, ANSWER | {"localidade": {"nome": "x"}},
        ANSWER | {"localidade": "Belo\x00Horizonte\ud800!"} | {"uf": "\ud800"},
        ANSWER | {"cep": "30160-013"}, ANSWER | {"cep": 30160012},
        ANSWER | {"complemento": "x" * 20_000},
    ],
    ids=lambda answer: str(answer)[:24],
)  # fmt: skip
def test_nonsense_is_no_answer(service, answer):
    says(service, answer)
    with pytest.raises(NoAnswer):
        find("30160012")


def test_texts_are_cut_and_rid_of_what_is_not_printed(service):
    says(service, ANSWER | {"logradouro": "Rua\u202e da\x00\n Bahia " + "x" * 300, "bairro": 7})
    found = find("30160012")
    assert found.street.startswith("Rua da Bahia x")
    assert (len(found.street), found.district) == (120, "")


@pytest.mark.parametrize("page", [web.dripping(), web.dripping(in_headers=True), web.endless])
def test_a_service_that_drips_or_never_ends_is_left(service, page, monkeypatch):
    monkeypatch.setattr(cep, "SECONDS", 0.3)
    service.pages[PATH] = page
    with pytest.raises(NoAnswer):
        find("30160012")


def test_an_error_of_the_service_and_one_that_is_down_are_no_answer(service, settings):
    with pytest.raises(NoAnswer):
        find("30160012")
    settings.CEP_LOOKUP_URL = "http://127.0.0.1:9"
    with pytest.raises(NoAnswer):
        find("30160012")


def test_the_service_leads_nowhere_inside(service):
    inside = web.Web()
    inside.pages["/"] = json.dumps(ANSWER).encode()
    service.pages[PATH] = web.redirect(inside.url("/"))
    with pytest.raises(NoAnswer):
        find("30160012")
    assert inside.asked == []
    inside.stop()


def test_without_a_service_there_is_no_button(settings):
    assert cep.SECONDS == 2
    settings.CEP_LOOKUP_URL = ""
    assert "<button" not in CepField().widget.render("cep", "")
    settings.CEP_LOOKUP_URL = "https://cep.example"
    assert 'name="buscar_cep"' in CepField().widget.render("cep", "", {"id": "id_cep"})
