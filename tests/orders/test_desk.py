"""The staff's desk: its list and totals, an order's page and acts, registering, export."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.models import CustomerType, Order, Product
from orders.services import acts, figures
from portal.outbox.models import Entry
from tests.factories import Cast, a_cnpj, a_cpf
from tests.factories.orders import make_order, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.both]
S = Order.Status


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def desk(cast: Cast) -> Client:
    return signed_in(cast.agente)


def listed(browser: Client, **query) -> list[int]:
    page = browser.get(reverse("orders:desk"), query).context["page"]
    return [row.number for row in page.rows]


def url(name: str, order: Order) -> str:
    return reverse(f"orders:desk_{name}", args=[order.number])


def test_each_filter_narrows_the_list(desk):
    now = timezone.now()
    cnpj = a_cnpj()
    first = make_order(holder_name="Elisa Prado", holder_email="elisa@exemplo.com.br")
    second = make_order(
        status=S.ISSUED, at=now - timedelta(days=40), company_cnpj=cnpj, company_name="Aurora SA",
        customer_type=CustomerType.COMPANY, product=make_product("e-CNPJ A1"),
    )  # fmt: skip
    assert listed(desk) == [first.number, second.number]
    for query in (
        {"status": "issued"}, {"type": "company"}, {"age": 30}, {"product": second.product_id},
        {"until": f"{timezone.localdate() - timedelta(days=39):%d/%m/%Y}"},
        {"q": second.number}, {"q": cnpj}, {"q": "auro"}, {"q": second.holder_cpf},
    ):  # fmt: skip
        assert listed(desk, **query) == [second.number], query
    assert listed(desk, q="ELISA@exemplo.com.br") == [first.number]
    assert listed(desk, q="ninguém") == []


def test_the_totals_are_those_of_the_lists(desk):
    now = timezone.now()
    for status in (S.ISSUED, S.ISSUED, S.AWAITING_VALIDATION):
        make_order(status=status)
    make_order(status=S.CANCELLED, money_waits=True)
    make_order(status=S.ISSUING, at=now - timedelta(days=10))
    page = desk.get(reverse("orders:desk"))
    totals = [*page.context["totals"].states, *page.context["totals"].attention]
    assert {total.count for total in totals} == {1, 2}
    for total in totals:
        assert len(listed(desk, **total.query)) == total.count


def test_the_page_shows_the_acts_of_its_state_and_not_the_second_signature_to_the_first(desk, cast):
    order = make_order()
    offered = desk.get(order.desk_url).content.decode()
    assert url("validate", order) in offered
    assert url("verify", order) not in offered
    desk.post(url("validate", order), {"note": "RG conferido"})
    page = desk.get(order.desk_url)
    assert url("verify", order) not in page.content.decode()
    answer = desk.post(url("verify", order), {"note": "Conferi"})
    assert answer.status_code == 409
    assert "outro agente" in answer.content.decode()
    assert "Conferi" in answer.content.decode()
    assert url("verify", order) in signed_in(cast.admin).get(order.desk_url).content.decode()


def test_an_act_that_is_not_possible_says_so_and_changes_nothing(desk):
    order = make_order(status=S.DELIVERED)
    answer = desk.get(url("validate", order), follow=True)
    assert answer.redirect_chain
    desk.post(url("validate", order), {"note": ""})
    order.refresh_from_db()
    assert order.status == S.DELIVERED


def test_a_serial_and_a_validity_are_checked(desk):
    order = make_order(status=S.APPROVED)
    today = timezone.localdate()
    wrong = {"serial": "xyz", "issued_on": f"{today:%d/%m/%Y}", "valid_until": "01/01/2020"}
    form = desk.post(url("issued", order), wrong).context["form"]
    assert set(form.errors) == {"serial", "valid_until"}
    until = today + timedelta(days=365)
    desk.post(
        url("issued", order),
        {"serial": "0a:1b", "issued_on": f"{today:%d/%m/%Y}", "valid_until": f"{until:%d/%m/%Y}"},
    )
    order.refresh_from_db()
    assert (order.status, order.serial, order.valid_until) == (S.ISSUED, "0A1B", until)


def test_staff_register_an_order_for_a_cpf_and_the_holder_is_told(desk):
    product = make_product()
    values = {
        "customer_type": "person", "product": product.pk, "holder_name": "Rui Reis",
        "holder_cpf": a_cpf(), "holder_email": "Rui@exemplo.com.br",
        "holder_born_on": "05/03/1961",
    }  # fmt: skip
    wrong = desk.post(reverse("orders:desk_new"), values | {"customer_type": "company"})
    assert {"company_cnpj", "company_name"} <= set(wrong.context["form"].errors)
    desk.post(reverse("orders:desk_new"), values)
    order = Order.objects.get()
    assert (order.status, order.holder_email) == (S.INCOMPLETE, "rui@exemplo.com.br")
    assert order.holder_born_on == date(1961, 3, 5)
    assert (order.price_cents, order.holder) == (product.price_cents, None)
    assert Entry.objects.filter(recipient="rui@exemplo.com.br").count() == 1


def test_who_is_known_already_has_a_registered_order_at_once(desk, cast):
    values = {
        "customer_type": "company", "product": make_product().pk, "holder_name": cast.ana.name,
        "holder_cpf": cast.ana.cpf, "holder_email": cast.ana.email,
        "company_cnpj": cast.company_a.tax_id, "company_name": cast.company_a.name,
        "responsible_name": cast.bruno.name, "responsible_cpf": cast.bruno.cpf,
        "responsible_email": cast.bruno.email,
    }  # fmt: skip
    desk.post(reverse("orders:desk_new"), values)
    order = Order.objects.get()
    assert (order.holder, order.responsible, order.company) == (
        cast.ana,
        cast.bruno,
        cast.company_a,
    )
    assert sorted(order.events.values_list("kind", flat=True)) == ["found", "found", "placed"]
    assert signed_in(cast.ana).get(order.get_absolute_url()).status_code == 200


def test_the_list_leaves_as_a_file_with_its_permission_alone(desk, cast):
    make_order(holder_name="Elisa Prado")
    make_order(status=S.ISSUED)
    address = reverse("orders:desk_csv")
    assert desk.get(address).status_code == 403
    answer: Any = signed_in(cast.faturista).get(address, {"status": "validation"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "Elisa Prado" in text
    assert len(text.strip().splitlines()) == 2


def queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        browser.get(address)
    return len(asked)


def test_a_page_costs_the_same_with_few_and_with_many(desk, cast):
    order, address = make_order(), reverse("orders:desk")
    for _ in range(30):
        make_order()
    desk.get(address)
    few = queries(desk, address), queries(desk, order.desk_url)
    for number in range(30):
        make_order()
        acts.pend(order, f"Envie {number}", by=cast.agente, at=timezone.now())
    order.status = S.AWAITING_VALIDATION
    order.save()
    assert (queries(desk, address), queries(desk, order.desk_url)) == few


def test_the_totals_are_counted_in_one_statement(desk):
    for status in (S.ISSUED, S.AWAITING_VALIDATION, S.AWAITING_VALIDATION):
        make_order(status=status)
    with CaptureQueriesContext(connection) as asked:
        totals = figures.totals_of(Order.objects.all(), at=timezone.now())
    assert len(asked) == 1
    assert [(total.query["status"], total.count) for total in totals.states] == [
        ("validation", 2), ("issued", 1),
    ]  # fmt: skip


def test_the_desk_asks_few_statements(desk, django_assert_max_num_queries):
    make_order()
    desk.get(reverse("orders:desk"))
    with django_assert_max_num_queries(8):
        desk.get(reverse("orders:desk"))


def test_a_product_is_priced_in_reais_in_the_administration(cast):
    browser = signed_in(cast.admin)
    values = {
        "name": "e-CPF A3 3 anos", "kind": "e_cpf", "level": "a3", "medium": "token", "years": 3,
        "price": "310,50", "for_person": "on", "order": 10,
        "signature_level": "a3", "max_consecutive": 1, "window_days": 30,
    }  # fmt: skip
    answer = browser.post(reverse("admin:orders_product_add"), values | {"level": "a1"})
    assert answer.status_code == 200
    browser.post(reverse("admin:orders_product_add"), values)
    assert Product.objects.get().price_cents == 31_050


def test_the_administration_shows_an_order_with_its_dossier_and_history(cast):
    order = make_order(status=S.AWAITING_VALIDATION)
    acts.pend(order, "Falta o contrato social.", by=cast.agente, at=timezone.now())
    page = signed_in(cast.admin).get(reverse("admin:orders_order_change", args=[order.pk]))
    text = page.content.decode()
    assert "Falta o contrato social." in text
    assert "Documentação pendente" in text or "Pendente de Documentação" in text
    assert 'name="pendencies-0-text"' not in text


def test_the_search_box_finds_orders_by_number_and_name(desk, cast):
    order = make_order(holder=cast.ana)
    for text in (str(order.number), "Ana Souza"):
        assert order.desk_url in desk.get("/busca/", {"q": text}).content.decode()
    assert order.get_absolute_url() in signed_in(cast.ana).get(
        "/busca/", {"q": str(order.number)}
    ).content.decode()  # fmt: skip
    assert order.get_absolute_url() not in signed_in(cast.bruno).get(
        "/busca/", {"q": str(order.number)}
    ).content.decode()  # fmt: skip
