"""An order that costs nothing: confirmed without a payer or a slip, it goes on at once."""

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.services import acts, payment
from portal.payments.models import Charge
from tests.factories.orders import make_order, make_product
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
S = Order.Status


@pytest.mark.parametrize(
    ("is_renewal", "goes_to"), [(False, S.AWAITING_APPOINTMENT), (True, S.AWAITING_VALIDATION)]
)
def test_what_costs_nothing_is_confirmed_and_goes_on(cast, client_of, is_renewal, goes_to):
    product = make_product(f"Cortesia {is_renewal}", price_cents=0, is_renewal=is_renewal)
    order = make_order(holder=cast.ana, status=S.INCOMPLETE, product=product)
    browser, url = client_of(cast.ana), reverse("orders:conclude", args=[order.number])
    assert "o pedido segue: ele não custa nada" in words(browser.get(url))
    page = browser.post(url, follow=True)
    order.refresh_from_db()
    assert (order.status, Charge.objects.count()) == (goes_to, 0)
    assert page.redirect_chain[-1][0] == order.get_absolute_url()
    assert payment.in_words(order) == "Não custa nada."


def test_cancelled_no_money_of_it_waits_and_opened_again_it_goes_on_once_more(cast, client_of):
    product = make_product("Cortesia", price_cents=0)
    order = make_order(holder=cast.ana, status=S.INCOMPLETE, product=product)
    browser, url = client_of(cast.ana), reverse("orders:conclude", args=[order.number])
    browser.post(url)
    order.refresh_from_db()
    acts.cancel(order, by=cast.admin, at=timezone.now(), note="Desistiu")
    assert not order.money_waits
    acts.reopen(order, by=cast.admin, at=timezone.now(), note="Quer de novo")
    if order.status == S.INCOMPLETE:
        browser.post(url)
        order.refresh_from_db()
    assert order.status == S.AWAITING_APPOINTMENT
