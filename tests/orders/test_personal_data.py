"""What a person reads of their orders in "my data", and what an erasure leaves of them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Appointment, FiscalNote
from portal.accounts.personal_data import as_json, collect
from portal.accounts.services import erasure
from tests.factories import make_user
from tests.factories.appointments import make_appointment, make_place, make_service, waiting_order
from tests.orders.noting import note_values
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Sao_Paulo")


@pytest.fixture
def rita():
    return make_user("Rita Reis")


@pytest.fixture
def order(rita):
    """Booked for a day far ahead, with a fiscal note."""
    order = waiting_order(holder=rita)
    make_service()
    start = datetime(2026, 12, 7, 10, tzinfo=ZONE)
    at = datetime(2026, 12, 1, 10, tzinfo=ZONE)
    make_appointment(order, make_place("Posto Savassi"), start, at=at)
    taker = {"taker_name": rita.name, "taker_tax_id": rita.cpf, "added_at": timezone.now()}
    FiscalNote.objects.create(**note_values("1", number="707", order=order, **taker))
    return order


def test_appointments_and_fiscal_notes_are_among_ones_own_data(rita, order):
    mine = "".join(as_json(collect(rita)))
    assert "Posto Savassi, Rua dos Exemplos, 10" in mine
    assert '"707"' in mine
    assert "R$" in mine
    other = "".join(as_json(collect(make_user("Otto Outro"))))
    assert "Posto Savassi" not in other
    assert '"707"' not in other


def test_who_asks_for_an_erasure_reads_what_it_keeps_of_both(rita, client_of):
    page = words(client_of(rita).get(reverse("accounts:erasure_ask")))
    assert "Notas fiscais como foram emitidas" in page
    assert "Atendimentos com o posto, o dia" in page


def test_an_erasure_cancels_what_is_ahead_and_keeps_the_note(rita, order, cast):
    erasure.carry_out(erasure.ask(rita, ""), by=cast.admin, at=timezone.now())
    assert Appointment.objects.get().status == Appointment.Status.CANCELLED
    note = FiscalNote.objects.get()
    assert (note.number, note.taker_name) == ("707", "Rita Reis")
    order.refresh_from_db()
    assert "Rita" not in order.holder_name
