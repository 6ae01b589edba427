"""Orders and charges are found by a name that is typed without its accents, each by an index."""

import pytest
from django.db import connection

from orders.models import Order
from orders.services.finding import found_in
from portal.payments.models import Charge, Payer
from portal.payments.services import finding
from tests.factories import make_user
from tests.factories.orders import make_order
from tests.factories.payments import make_charge, make_payer

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_an_order_and_a_charge_are_found_by_a_name_without_accents():
    holder = make_user("Inês Conceição")
    order = make_order(holder=holder, holder_name="Inês Conceição", company_name="Gráfica Araçá")
    make_order(holder=make_user("Ines Melo"), holder_name="Ines Melo")
    charge = make_charge(payer=make_payer(name="JOSÉ ANTÔNIO"))
    make_charge(payer=make_payer(name="Josefa"))
    for text in ("conceicao ines", "INÊS CON", "grafica araca"):
        assert list(found_in(Order.objects.all(), text)) == [order], text
    for text in ("jose antonio", "josé", "Antônio"):
        found = finding.search(Charge.objects.filter(pk=charge.pk), text)
        assert list(found) == [charge], text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="These indexes are PostgreSQL's.")
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Order.objects.filter(holder_name__words="ines"), "order_by_holder_words"),
        (Order.objects.filter(company_name__words="araca"), "order_by_company_words"),
        (Payer.objects.filter(name__words="jose"), "payer_by_words"),
    ],
)
def test_the_index_serves_the_search(rows, index: str):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in rows.order_by().explain()
