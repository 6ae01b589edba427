"""A client's list of orders, the services of one, and the order itself."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import CustomerType, Order
from tests.factories import make_user
from tests.factories.orders import make_order, make_product
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Sao_Paulo")
S = Order.Status


@pytest.fixture
def rita():
    return make_user("Rita Reis")


def test_odd_dates_and_empty_fields_are_shown_as_they_are(rita, client_of):
    make_order(
        holder=rita, number=2732509, status=S.DELIVERED, customer_type=CustomerType.PUBLIC,
        product_name="E-CPF A1 validade 1 ano /", at=datetime(2012, 1, 4, 14, 12, tzinfo=ZONE),
        issued_on=date(2012, 1, 3), valid_until=date(2013, 1, 2),
    )  # fmt: skip
    make_order(holder=rita, number=2720983, customer_type="", status=S.DELIVERED)
    page = words(client_of(rita).get("/pedidos/"))
    assert (
        "2732509 04/01/2012 14:12 03/01/2012 02/01/2013 Entregue Órgão Público E-CPF A1 validade 1 ano /"
    ) in page
    assert "2.732.509" not in page


def test_one_is_chosen_then_its_services_come(rita, client_of):
    order = make_order(holder=rita)
    browser = client_of(rita)
    assert f'value="{order.number}"' in browser.get("/pedidos/").content.decode()
    answer = browser.get("/pedidos/", {"pedido": order.number, "avancar": 1})
    assert answer["Location"] == f"/pedidos/{order.number}/"
    nothing = browser.get("/pedidos/", {"avancar": 1}, follow=True)
    assert "Escolha um pedido e clique em “Avançar”." in words(nothing)
    assert browser.get("/pedidos/", {"pedido": "9" * 30}).status_code == 200


def test_states_are_counted_and_chosen_and_words_are_found(rita, client_of):
    make_order(holder=rita, status=S.DELIVERED)
    make_order(holder=rita, status=S.DELIVERED, product=make_product("e-CNPJ A3 token 3 anos"))
    waiting = make_order(holder=rita, status=S.AWAITING_PAYMENT)
    browser = client_of(rita)
    page = words(browser.get("/pedidos/"))
    assert "Entregue (2)" in page
    assert "Aguardando Pagamento (1)" in page
    assert "Recusado (" not in page
    paying = words(browser.get("/pedidos/", {"status": S.AWAITING_PAYMENT}))
    assert str(waiting.number) in paying
    assert "1 resultado" in paying
    for q, count in {"token": 1, str(waiting.number): 1, "rita e-cpf": 2, "nada": 0}.items():
        found = browser.get("/pedidos/", {"q": q}).context["page"]
        assert len(found.rows) == count, q
    assert "Nenhum pedido corresponde a estes filtros" in words(
        browser.get("/pedidos/", {"q": "x"})
    )


def test_who_has_none_reads_how_orders_come_here(rita, client_of):
    assert "Os pedidos aparecem aqui quando são feitos" in words(client_of(rita).get("/pedidos/"))


@pytest.mark.parametrize("count", [1, 12])
def test_a_list_costs_the_same_whatever_it_holds(rita, client_of, count):
    for _ in range(count):
        make_order(holder=rita)
    browser = client_of(rita)
    browser.get("/pedidos/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        browser.get("/pedidos/")
    assert len(queries) <= 16, [q["sql"][:150] for q in queries]


def test_services_are_links_where_offered_and_sentences_where_not(rita, client_of):
    order = make_order(
        holder=rita, status=S.AWAITING_PAYMENT, product=make_product("R", is_renewal=True)
    )
    page = client_of(rita).get(f"/pedidos/{order.number}/")
    text = words(page)
    assert "As informações são disponibilizadas conforme o tipo e status do pedido." in text
    assert "Antes é preciso que o pagamento do pedido seja confirmado." in text
    assert "CONCLUIR PEDIDO" not in text
    assert f'href="/pedidos/{order.number}/emitir/"' in page.content.decode()
    assert f'href="/pedidos/{order.number}/agendamento/"' not in page.content.decode()


def test_somebody_elses_number_is_not_there(rita, client_of):
    order = make_order(holder=make_user("Otto Outro"))
    browser = client_of(rita)
    for path in ("", "detalhe/", "emitir/"):
        assert browser.get(f"/pedidos/{order.number}/{path}").status_code == 404


def test_the_order_says_what_happened_and_by_whom_without_naming_staff(rita, client_of, cast):
    order = make_order(holder=rita)
    at = order.requested_at
    order.events.create(
        kind=S.AWAITING_VALIDATION, user=cast.agente, at=at, note="Documento conferido"
    )
    page = words(client_of(rita).get(f"/pedidos/{order.number}/detalhe/"))
    assert "Aguardando Validacao" in page
    assert "(um agente)" in page
    assert "Documento conferido" in page
    assert cast.agente.name not in page
