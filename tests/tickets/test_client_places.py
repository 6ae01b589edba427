"""For whom a client opens an order: oneself, a company, a unit; only where a grant lets them."""

import pytest

from tests.factories import Cast, make_grant, make_unit, make_user
from tests.factories.tickets import make_topic
from tests.tickets.clients import words
from tickets.forms import places
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def send(browser, topic, place: str = "", **values: str):
    form = {"subject": "IPVA", "message": "Oi", "place": place, **values}
    return browser.post(f"/os/abrir/{topic.pk}/", form)


def test_an_order_is_for_the_place_that_was_chosen(cast: Cast, client_of):
    topic, browser = make_topic(), client_of(cast.bruno)
    page = words(browser.get(f"/os/abrir/{topic.pk}/"))
    assert f"Para mim {cast.company_b.name} {cast.unit_b1}" in page
    assert "Só você vê a O.S." in page
    for n, (place, unit, company) in enumerate(
        {
            "": ("", None, None),
            "unit": (f"unit:{cast.unit_b1.pk}", cast.unit_b1, cast.company_b),
            "company": (f"company:{cast.company_b.pk}", None, cast.company_b),
        }.values()
    ):
        assert send(browser, topic, place, subject=f"Pedido {n}").status_code == 302
        ticket = Ticket.objects.get(subject=f"Pedido {n}")
        assert (ticket.unit, ticket.company) == (unit, company)


@pytest.mark.parametrize("level", ["consult", "operate"])
def test_who_may_only_consult_opens_none_for_the_unit(cast: Cast, client_of, level):
    user, topic = make_user("Davi Rocha"), make_topic(seen_by_company=True)
    make_grant(user, cast.unit_a2, level)
    page = words(client_of(user).get(f"/os/abrir/{topic.pk}/"))
    answer = send(client_of(user), topic, f"unit:{cast.unit_a2.pk}")
    assert (cast.unit_a2.code in page) == (level == "operate")
    assert ("Os administradores da empresa também veem" in page) == (level == "operate")
    assert Ticket.objects.filter(unit=cast.unit_a2).exists() == (level == "operate")
    assert answer.status_code == 302


def test_somebody_elses_unit_is_refused(cast: Cast, client_of):
    answer = send(client_of(cast.ana), make_topic(), f"unit:{cast.unit_b1.pk}")
    assert answer.status_code == 422
    assert not Ticket.objects.exists()


def test_of_many_units_one_is_found_as_one_types(cast: Cast, client_of, monkeypatch):
    monkeypatch.setattr(places, "MOST", 1)
    topic, browser = make_topic(), client_of(cast.bruno)
    unit = make_unit(cast.company_b, "Armazém", code="ARM-7")
    found = send(browser, topic, "arm", find="place")
    assert found.status_code == 200
    assert "ARM-7" in words(found)
    assert not Ticket.objects.exists()
    consulted = make_unit(cast.company_a, "Outra", code="OUT-9")
    make_grant(cast.bruno, consulted, "consult")
    assert send(browser, topic, "OUT-9").status_code == 422
    assert send(browser, topic, "ARM-7").status_code == 302
    assert Ticket.objects.get().unit == unit
