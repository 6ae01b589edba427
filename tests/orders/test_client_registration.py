"""Registering for Serviços Online: the link first, then the data, confirmed on a page; and whose an order is."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import Order
from orders.services.matching import match_order, take_up
from portal.accounts.models import PendingRegistration, User
from tests.factories import a_cpf, make_user
from tests.factories.orders import make_order
from tests.portal.entrance import NEW_PASSWORD, code, mail_text, mails, signed_in
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
PAGE = "/cadastro/servicos-online/"
CONFIRM = f"{PAGE}confirmar/"
EMAIL = "carlos@exemplo.com.br"
DETAILS = {
    "name": "Carlos Dias", "phone": "(31) 3247-5816", "street_type": "Rua", "street": "da Bahia",
    "street_number": "2277", "postal_code": "30160-012", "district": "Lourdes", "state": "MG",
    "city": "belo horizonte", "country": "Brasil", "password1": NEW_PASSWORD,
    "password2": NEW_PASSWORD,
}  # fmt: skip


def begin(cpf: str, email: str = EMAIL) -> Client:
    """A browser that has opened the link mailed to the address."""
    browser = Client()
    browser.post(PAGE, {"cpf": cpf, "email": email, **code()})
    link = re.search(rf"({PAGE}\S+)", mail_text(mails(email)[-1]))
    assert link
    browser.get(link[1], follow=True)
    return browser


def test_data_are_confirmed_on_a_page_before_the_account_is_made():
    cpf = a_cpf()
    order = make_order(holder_cpf=cpf, holder_email="Carlos@Exemplo.com.br")
    browser = begin(cpf)
    shown = words(browser.post(CONFIRM, DETAILS, follow=True))
    for text in (
        "Confirme os seus dados",
        "Carlos Dias",
        "2277",
        "Belo Horizonte",
        "OK",
        "Corrigir",
    ):
        assert text in shown
    assert not User.objects.exists()
    assert NEW_PASSWORD not in shown
    again = browser.get(CONFIRM, {"corrigir": 1}).content.decode()
    assert 'value="da Bahia"' in again
    assert NEW_PASSWORD not in again
    browser.post(CONFIRM, {**DETAILS, "street_number": "", "no_number": "on"})
    done = words(browser.post(CONFIRM, {"ok": "1"}, follow=True))
    assert 'Registro inserido com sucesso! Clique em "Ok" para continuar.' in done
    user = User.objects.get()
    assert signed_in(browser)
    assert user.check_password(NEW_PASSWORD)
    assert (user.city, user.state, user.no_number, user.postal_code) == (
        "Belo Horizonte", "MG", True, "30160012",
    )  # fmt: skip
    assert str(order.number) in words(browser.get("/pedidos/"))


def test_ok_without_data_makes_nobody():
    browser = begin(a_cpf())
    assert browser.post(CONFIRM, {"ok": "1"}).status_code == 410
    assert not User.objects.exists()


def test_nothing_of_a_cpfs_orders_is_shown_before_the_address_is_proven():
    cpf = a_cpf()
    make_order(holder_cpf=cpf, holder_email="outra@exemplo.com.br")
    browser = begin(cpf)  # by somebody else's CPF and one's own address
    browser.post(CONFIRM, DETAILS)
    browser.post(CONFIRM, {"ok": "1"})
    assert "Você ainda não tem pedidos aqui" in words(browser.get("/pedidos/"))
    assert not Order.objects.get().holder


def test_wrong_data_are_named_and_nothing_is_lost():
    browser = begin(a_cpf())
    page = words(browser.post(CONFIRM, {**DETAILS, "state": "SP", "postal_code": "123"}))
    assert "Não há “belo horizonte” em SP" in page
    assert "O CEP tem oito dígitos" in page
    assert not PendingRegistration.objects.get().password


@pytest.mark.parametrize("role", ["holder", "responsible"])
@pytest.mark.parametrize(
    ("typed", "same_email", "same_cpf", "is_theirs"),
    [
        (False, True, True, True), (True, True, True, False), (False, True, False, False),
        (False, False, True, True),  # a CPF that is itself proven
    ],
)  # fmt: skip
def test_an_order_is_of_who_has_proven_its_people(role, typed, same_email, same_cpf, is_theirs):
    user = make_user("Rita Reis", typed=typed)
    values: dict[str, Any] = {
        f"{role}_cpf": user.cpf if same_cpf else a_cpf(),
        f"{role}_email": user.email if same_email else "outra@exemplo.com.br",
    }  # fmt: skip
    order = make_order(**values)
    assert take_up(user, at=timezone.now()) == is_theirs
    order.refresh_from_db()
    assert (getattr(order, role) == user) == is_theirs
    assert take_up(user, at=timezone.now()) == 0


def test_a_typed_cpf_needs_the_orders_own_address():
    user = make_user("Rita Reis")
    User.objects.filter(pk=user.pk).update(cpf_proof="", cpf_proven_at=None)
    user.refresh_from_db()
    theirs = make_order(holder_cpf=user.cpf, holder_email=user.email)
    other = make_order(holder_cpf=user.cpf, holder_email="outra@exemplo.com.br")
    match_order(theirs, at=timezone.now())
    match_order(other, at=timezone.now())
    assert list(Order.objects.filter(holder=user)) == [theirs]
    assert theirs.events.get().kind == "found"


def test_an_order_that_is_somebodys_stays_theirs():
    first = make_user("Rita Reis")
    order = make_order(holder=first)
    second = make_user("Rita Reis", cpf=first.cpf, typed=True)
    second.email_proof, second.email = User.EmailProof.LINK, order.holder_email
    assert take_up(second, at=timezone.now()) == 0
