"""The holder of an order that is not confirmed yet is corrected, by its client and by staff."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.services import concluding, holders, ordering, payers
from orders.services.ordering import Holder, NewOrder
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.payments.services.charges import withdraw_charge
from portal.taxid import format_tax_id
from tests.factories import Cast, a_cpf, make_user
from tests.factories.orders import make_product
from tests.factories.payments import make_agreement

pytestmark = pytest.mark.django_db
S = Order.Status


@pytest.fixture
def rita() -> User:
    return make_user("Rita Reis")


def placed(by: User, **holder: Any) -> Order:
    known = {"name": by.name, "cpf": by.cpf or "", "email": by.email or ""}
    return ordering.place(
        NewOrder(product=make_product(), customer_type="person", holder=Holder(**{**known, **holder})),
        by=by, at=timezone.now(),
    )  # fmt: skip


def typed(order: Order, **other: str) -> dict[str, str]:
    return {
        "holder_name": order.holder_name, "holder_cpf": format_tax_id(order.holder_cpf),
        "holder_email": order.holder_email, "holder_phone": "(31) 3247-5816",
        "holder_born_on": "12/03/1980", **other,
    }  # fmt: skip


def page_of(browser: Client, order: Order) -> str:
    return browser.get(reverse("orders:order", args=[order.number])).content.decode()


def test_the_client_who_ordered_corrects_the_holder_and_keeps_the_order(rita: User, client_of):
    order, browser, cpf = placed(rita), client_of(rita), a_cpf()
    address = reverse("orders:holder", args=[order.number])
    assert address in page_of(browser, order)
    values = typed(order, holder_name="Ivo Melo", holder_cpf=format_tax_id(cpf),
                   holder_email="Ivo@exemplo.com.br")  # fmt: skip
    assert browser.post(address, {**values, "holder_cpf": "1"}).status_code == 422
    browser.post(address, values)
    order.refresh_from_db()
    assert (order.holder_name, order.holder_cpf) == ("Ivo Melo", cpf)
    assert (order.holder_email, order.holder) == ("ivo@exemplo.com.br", None)
    assert order.responsible == rita  # who so still sees it
    assert "CPF do titular" in page_of(browser, order)
    [event] = AuditEvent.objects.filter(action="order.corrected")
    assert cpf not in str(event.data)
    browser.post(address, typed(order))
    assert AuditEvent.objects.filter(action="order.corrected").count() == 1  # nothing differed


def test_an_order_that_was_corrected_is_in_the_account_of_whom_it_names_now(rita: User, cast: Cast):
    wrong, right = make_user("Ines Um"), make_user("Ines Dois")
    User.objects.filter(pk__in=[wrong.pk, right.pk]).update(email_proof="link")
    order = placed(rita, name="Ines", cpf=wrong.cpf, email=wrong.email)
    order.refresh_from_db()
    assert order.holder == wrong
    holders.correct(
        order, {"holder_cpf": right.cpf, "holder_email": right.email}, by=cast.agente,
        at=timezone.now(),
    )  # fmt: skip
    order.refresh_from_db()
    assert (order.holder, order.responsible) == (right, rita)


def test_cpf_and_cnpj_stay_once_the_order_was_charged(rita: User, client_of, cast: Cast):
    order, at = placed(rita), timezone.now()
    make_agreement(is_default=True)
    payers.choose(order, payers.default_payer(order, rita), by=rita, at=at)
    address = reverse("orders:holder", args=[order.number])
    concluding.confirm(order, by=rita, at=at)
    assert order.charge is not None
    browser = client_of(rita)
    assert address not in page_of(browser, order)
    assert browser.post(address, typed(order, holder_name="Outro Nome")).status_code == 302
    withdraw_charge(order.charge, reason="x", at=at, by=cast.faturista)
    order.refresh_from_db()
    assert (order.status, order.holder_name) == (S.INCOMPLETE, "Rita Reis")
    browser.post(address, typed(order, holder_name="Rita dos Reis", holder_cpf=a_cpf()))
    cpf = order.holder_cpf
    order.refresh_from_db()
    assert (order.holder_name, order.holder_cpf) == ("Rita dos Reis", cpf)


def test_nobody_else_corrects_it_but_staff_who_change_orders(rita: User, client_of, cast: Cast):
    order = placed(rita, name="Ana Lima", cpf=cast.ana.cpf, email=cast.ana.email)
    Order.objects.filter(pk=order.pk).update(holder=cast.ana)
    values = typed(order, holder_name="Ana de Lima")
    client_of(cast.ana).post(reverse("orders:holder", args=[order.number]), values)
    order.refresh_from_db()
    assert order.holder_name == "Ana Lima"
    clerk = client_of(cast.agente)
    address = reverse("orders:desk_holder", args=[order.number])
    assert address in clerk.get(order.desk_url).content.decode()
    clerk.post(address, values)
    order.refresh_from_db()
    assert order.holder_name == "Ana de Lima"
    assert order.events.get(kind="corrected").user == cast.agente
