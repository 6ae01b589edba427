"""“Buscar CEP” fills the address in, keeps what was typed, and is never in the way."""

import pytest

from portal.accounts.models import PendingRegistration
from portal.municipalities import cep
from portal.municipalities.cep import Address, NoAnswer, UnknownCep
from tests.factories import a_cpf, make_user
from tests.factories.orders import make_order
from tests.factories.payments import make_agreement
from tests.orders.test_client_ordering import pays
from tests.orders.test_client_registration import CONFIRM, DETAILS, begin
from tests.portal.entrance import NEW_PASSWORD
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
FOUND = Address(street="Rua da Bahia", district="Centro", city="Belo Horizonte", state="MG")
TYPED = {
    "name": "Carlos Dias", "phone": "(31) 3247-5816", "street_number": "2277", "complement": "sala 4",
    "no_number": "on", "postal_code": "30160-012", "password1": NEW_PASSWORD, "buscar_cep": "1",
}  # fmt: skip


@pytest.fixture
def answers(settings, monkeypatch):
    """Set what the service answers; it is told which CEP was asked."""
    settings.CEP_LOOKUP_URL = "https://cep.example"
    asked = []

    def answer(with_this):
        def find(number):
            asked.append(number)
            if isinstance(with_this, Exception):
                raise with_this
            return with_this

        monkeypatch.setattr(cep, "find", find)
        return asked

    return answer


def test_the_registration_is_filled_in_and_nothing_typed_is_lost(answers):
    asked = answers(FOUND)
    browser = begin(a_cpf())
    form = browser.post(CONFIRM, TYPED)
    values = {name: form.context["form"][name].value() for name in DETAILS | {"no_number": ""}}
    assert values == {
        "name": "Carlos Dias", "phone": "(31) 3247-5816", "street_type": "Rua", "street": "da Bahia",
        "street_number": "2277", "postal_code": "30160-012", "district": "Centro", "state": "MG",
        "city": "Belo Horizonte", "country": "Brasil", "no_number": "on",
        "password1": None, "password2": None,
    }  # fmt: skip
    assert asked == ["30160012"]
    page = form.content.decode()
    assert "O endereço foi preenchido: confira e complete." in page
    assert 'value="sala 4"' in page
    assert NEW_PASSWORD not in page
    assert "field-error" not in page
    assert not PendingRegistration.objects.get().password


@pytest.mark.parametrize(
    ("answer", "postal_code", "said"),
    [
        (UnknownCep(), "30160-012", "Nenhum endereço tem este CEP"),
        (NoAnswer(), "30160-012", "preencha o endereço você mesmo"),
        (FOUND, "123", "O CEP tem oito dígitos"),
        (FOUND, "", "Este campo é obrigatório"),
        (FOUND, '<b>"', "O CEP tem oito dígitos"),
    ],
)
def test_what_cannot_be_found_is_said_and_the_form_goes_on(answers, answer, postal_code, said):
    answers(answer)
    browser = begin(a_cpf())
    typed = TYPED | {"postal_code": postal_code, "street": "da Lapa", "street_type": "Rua"}
    form = browser.post(CONFIRM, typed)
    assert said in words(form)
    assert 'value="da Lapa"' in form.content.decode()
    assert "<b>" not in form.content.decode()
    assert "OK" in words(browser.post(CONFIRM, DETAILS, follow=True))


def test_a_street_of_a_kind_that_we_do_not_list_is_taken_whole(answers):
    answers(Address(street="Parque das Águas", district="", city="Sabará", state="MG"))
    form = begin(a_cpf()).post(CONFIRM, TYPED | {"district": "Centro"}).context["form"]
    assert form["street"].value() == "Parque das Águas"
    assert form["street_type"].value() in (None, "")
    assert form["district"].value() == "Centro"


def test_the_payers_address_is_filled_in_and_nobody_is_chosen_yet(answers, client_of):
    answers(FOUND)
    make_agreement(is_default=True)
    rita = make_user("Rita Reis")
    order = make_order(holder=rita, status="incomplete", payer=None)
    browser = client_of(rita)
    typed = pays(rita, name="Outro Nome", street="", city="", state="", buscar_cep="1")
    form = browser.post(f"/pedidos/{order.number}/pagador/", typed)
    page = form.content.decode()
    assert form.status_code == 200
    for value in ("Outro Nome", "da Bahia", "Belo Horizonte", "2277"):
        assert f'value="{value}"' in page
    order.refresh_from_db()
    assert order.payer is None


def test_nobody_is_waited_for_inside_a_transaction(settings, monkeypatch, client_of):
    from django.db import connection

    settings.CEP_LOOKUP_URL = "https://cep.example"
    inside = []

    def find(_number):
        inside.append(len(connection.savepoint_ids))
        return FOUND

    monkeypatch.setattr(cep, "find", find)
    rita = make_user("Rita Reis")
    order = make_order(holder=rita, status="incomplete", payer=None)
    browser = client_of(rita)
    depth = len(connection.savepoint_ids)
    # With its token, as a browser sends it: only then a form is carried out once.
    page = browser.get(f"/pedidos/{order.number}/pagador/")
    token = str(page.context["csrf_token"])
    typed = pays(rita, buscar_cep="1", csrfmiddlewaretoken=token)
    browser.post(f"/pedidos/{order.number}/pagador/", typed)
    assert inside == [depth]


def test_a_stranger_cannot_have_the_portal_ask_for_ever(answers):
    asked = answers(FOUND)
    browser = begin(a_cpf())
    for _ in range(31):
        page = browser.post(CONFIRM, TYPED)
    assert len(asked) == 30
    assert "Muitos CEPs foram consultados" in words(page)
    assert 'value="sala 4"' in page.content.decode()
