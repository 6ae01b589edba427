"""“My data” and an erasure: what somebody's orders show them, and what is another person's."""

import json
from typing import Any

import pytest
from django.utils import timezone

from orders.models import Order
from orders.services import acts
from orders.services.forgetting import forget_person
from orders.services.personal import personal_orders
from portal.accounts.models import User
from tests.factories import a_cpf, make_user
from tests.factories.orders import make_order

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def shown(user: User) -> str:
    found = {section: list(rows) for section, rows in personal_orders(user).items()}
    return json.dumps(found, ensure_ascii=False)


@pytest.fixture
def office() -> User:
    return make_user("Escritório da Carla")


@pytest.fixture
def of_a_client(office: User, cast) -> Order:
    """An order of somebody else, with the office's address for its mail."""
    order = make_order(
        holder_name="Zulmira Quintela", holder_phone="(31) 93333-2222", holder_email=office.email,
        responsible_name="Teodoro Quintela", responsible_cpf=a_cpf(),
        responsible_email=office.email,
    )  # fmt: skip
    acts.pend(order, "Certidão de casamento", by=cast.agente, at=timezone.now())
    return order


def test_who_lends_an_address_reads_no_more_than_that_of_the_order(office, of_a_client):
    text = shown(office)
    assert str(of_a_client.number) in text
    for other in ("Zulmira", "Teodoro", "93333-2222", "Certidão", of_a_client.holder_cpf[:3] + "."):
        assert other not in text, other


@pytest.mark.parametrize("role", ["holder", "responsible"])
def test_a_persons_own_orders_are_shown_whole(office, cast, role):
    values: dict[str, Any] = {f"{role}_cpf": office.cpf, f"{role}_email": office.email}
    order = make_order(**values, holder_phone="(31) 93333-2222")
    acts.pend(order, "Certidão de casamento", by=cast.agente, at=timezone.now())
    text = shown(office)
    assert "93333-2222" in text
    assert "Certidão" in text


def test_an_erasure_leaves_the_people_of_orders_with_a_lent_address(office, of_a_client):
    forget_person(office)
    of_a_client.refresh_from_db()
    assert of_a_client.holder_name == "Zulmira Quintela"
    assert of_a_client.responsible_name == "Teodoro Quintela"
    assert of_a_client.responsible_cpf
    assert not of_a_client.responsible_email
