"""The agents' agenda: a day, arriving, not coming, moving, overbooking knowingly, places that close."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Appointment, Cell, Closure, Order, Place
from orders.services import appointments
from orders.services.appointments import By
from orders.services.life import NotPossible
from portal.audit.models import AuditEvent
from portal.outbox.models import Entry
from tests.factories import Cast
from tests.factories.appointments import make_appointment, make_place, make_service, waiting_order

pytestmark = pytest.mark.django_db
SP = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=SP)
NINE = datetime(2026, 11, 30, 9, 0, tzinfo=SP)
Status = Appointment.Status


class Clock:
    """What time it is for the portal."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("django.utils.timezone.now", found)
    return found


@pytest.fixture
def place():
    make_service()
    return make_place("Posto Centro")


@pytest.fixture
def booked(place) -> Appointment:
    return make_appointment(waiting_order(holder_name="Elisa Prado"), place, NINE)


@pytest.fixture
def agent(cast: Cast, client_of) -> Client:
    return client_of(cast.agente)


def url(name: str, *args) -> str:
    return reverse(f"orders:agenda{name}", args=args)


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def time_of(place, day="30/11/2026", time="10:00", **more) -> dict[str, object]:
    return {"place": place.pk, "day": day, "time": time, "reason": "Pedido por telefone", **more}


def test_a_day_shows_who_comes_on_the_clock_of_the_place(agent, booked, place):
    page = agent.get(url(""), {"posto": place.pk, "dia": "2026-11-30"}).content.decode()
    assert "Elisa Prado" in page
    assert "<strong>09:00</strong>–09:30" in page
    other = agent.get(url(""), {"posto": place.pk, "dia": "2026-12-25"}).content.decode()
    assert "Natal" in other
    assert "Elisa Prado" not in other
    assert agent.get(url(""), {"posto": "9" * 30, "dia": "0001-01-01"}).status_code == 200
    printed = agent.get(url("_print"), {"posto": place.pk, "dia": "2026-11-30"}).content.decode()
    assert "Elisa Prado" in printed
    assert "agenda_arrived" not in printed


def test_the_week_of_the_day_says_how_many_come_and_where_it_is_closed(agent, booked, place):
    page = agent.get(url(""), {"posto": place.pk, "dia": "2026-12-02"})
    week = [(f"{one.day:%d/%m}", one.count, one.is_closed) for one in page.context["week"]]
    assert week == [
        ("30/11", 1, False), ("01/12", 0, False), ("02/12", 0, False), ("03/12", 0, False),
        ("04/12", 0, False), ("05/12", 0, True), ("06/12", 0, True),
    ]  # fmt: skip
    assert "1 atendimento<" in page.content.decode()
    for day in ("0001-01-01", "9999-12-31"):
        assert agent.get(url(""), {"posto": place.pk, "dia": day}).status_code == 200


def test_a_day_costs_the_same_with_many_appointments(agent, booked, place):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            agent.get(url(""), {"posto": place.pk, "dia": "2026-11-30"})
        return len(found)

    queries()
    few = queries()
    for n in range(1, 6):
        make_appointment(waiting_order(), place, NINE + timedelta(minutes=30 * n))
    assert queries() == few


def test_arriving_attending_and_ending_leave_a_trail(agent, booked, clock):
    clock.now = NINE
    agent.post(url("_arrived", booked.pk))
    agent.post(url("_back", booked.pk))
    agent.post(url("_arrived", booked.pk))
    agent.post(url("_finish", booked.pk))
    booked.refresh_from_db()
    assert booked.status == Status.DONE
    again = agent.post(url("_arrived", booked.pk), follow=True)
    assert "situação" in said(again)
    kinds = list(booked.order.events.values_list("kind", flat=True))
    assert kinds.count("arrived") == 2
    assert kinds[-1] == "attended"


def test_nobody_is_noted_as_missing_before_the_time_and_then_the_order_waits_again(
    agent, booked, clock
):
    early = agent.post(url("_missed", booked.pk), {"tell": "on"})
    assert early.status_code == 409
    assert "ainda não chegou" in early.content.decode()
    clock.now = NINE + timedelta(minutes=20)
    agent.post(url("_missed", booked.pk), {"tell": "on"})
    booked.refresh_from_db()
    assert (booked.status, booked.order.status) == (
        Status.MISSED,
        Order.Status.AWAITING_APPOINTMENT,
    )
    assert Entry.objects.filter(key__startswith="appointment-missed").count() == 1
    assert not Appointment.objects.live().exists()


def test_an_agent_moves_whatever_the_clients_limits_and_the_client_is_told_or_not(
    agent, booked, place
):
    Appointment.objects.update(moves=9)
    agent.post(url("_move", booked.pk), time_of(place))
    assert not Entry.objects.filter(kind="mail").exists()
    agent.post(url("_move", booked.pk), time_of(place, time="11:00", tell="on"))
    booked.refresh_from_db()
    assert (booked.sequence, booked.moves) == (2, 9)
    assert Entry.objects.filter(key__startswith="appointment-moved").count() == 1
    assert "Pedido por telefone" in booked.order.events.filter(kind="moved").last().note


def test_what_does_not_fit_is_asked_about_and_overbooked_only_knowingly(agent, booked, place):
    order = waiting_order()
    first = agent.post(url("_book", order.number), time_of(place, time="09:00"))
    assert first.status_code == 422
    assert "outra pessoa" in first.content.decode()
    assert "Fazer o encaixe mesmo assim" in first.content.decode()
    assert Appointment.objects.count() == 1
    unexplained = time_of(place, time="09:00", over="on") | {"reason": ""}
    assert agent.post(url("_book", order.number), unexplained).status_code == 422
    agent.post(url("_book", order.number), time_of(place, time="09:00", over="on"))
    made = Appointment.objects.get(order=order)
    assert made.is_over
    assert AuditEvent.objects.filter(action="appointment.overbooked").count() == 1
    assert "Pedido por telefone" in order.events.get(kind="booked").note
    cells = Cell.objects.filter(booked__gt=0)
    assert set(cells.values_list("booked", "over", "capacity")) == {(2, 1, 1)}
    appointments.cancel(booked, By(user=None, at=NOW, tell=False))
    assert set(cells.values_list("booked", "over")) == {(1, 0)}


def test_who_may_not_overbook_is_not_asked(cast, client_of, booked, place):
    agents = Group.objects.get(name="Agente de registro")
    agents.permissions.remove(agents.permissions.get(codename="overbook_appointment"))
    order = waiting_order()
    sent = time_of(place, time="09:00", over="on")
    answer = client_of(cast.agente).post(url("_book", order.number), sent)
    assert answer.status_code == 422
    assert "encaixe" not in answer.content.decode()
    assert not Appointment.objects.filter(order=order).exists()


@pytest.mark.parametrize(
    ("day", "time", "text"),
    [
        ("25/11/2026", "09:00", "já passou"),
        ("25/12/2026", "09:00", "Natal"),
        ("30/11/2026", "12:30", "do começo ao fim"),
        ("04/11/2018", "00:30", "não existiu"),
        ("30/11/2026", "25:00", "hora válida"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_in_words(agent, place, day, time, text):
    order = waiting_order()
    answer = agent.post(url("_book", order.number), time_of(place, day, time))
    assert text in answer.content.decode()
    assert not Appointment.objects.exists()
    assert not Cell.objects.filter(booked__gt=0).exists()


def test_two_agents_do_not_book_one_order_twice(place, cast):
    order = waiting_order()
    make_appointment(order, place, NINE)
    with pytest.raises(NotPossible, match="já tem"):
        make_appointment(order, place, NINE + timedelta(hours=1))


def test_a_place_that_closes_has_its_appointments_listed_to_be_moved(agent, booked, place):
    assert "Elisa Prado" not in agent.get(url("_to_move")).content.decode()
    closed = Closure.objects.create(
        first_day=date(2026, 11, 28), last_day=date(2026, 12, 2), reason="Reforma"
    )
    page = agent.get(url("_to_move")).content.decode()
    assert "Elisa Prado" in page
    assert "Reforma" in page
    closed.delete()
    Place.objects.update(is_active=False)
    other = make_place("Posto Norte")
    assert "Elisa Prado" in agent.get(url("_to_move")).content.decode()
    agent.post(url("_move", booked.pk), time_of(other, tell="on"))
    booked.refresh_from_db()
    assert booked.place == other
    assert "Elisa Prado" not in agent.get(url("_to_move")).content.decode()


def test_what_ended_without_a_word_is_listed_with_its_ways_out(agent, booked, clock):
    clock.now = NINE + timedelta(days=1)
    page = agent.get(url("_to_move")).content.decode()
    assert "Elisa Prado" in page
    assert url("_missed", booked.pk) in page


def test_the_administration_follows_desks_and_says_what_waits(cast, client_of, booked, place):
    admin = client_of(cast.admin)
    page = reverse("admin:orders_place_change", args=[place.pk])
    week = {f"day_{n}": "10:00 às 12:00" for n in range(7)}
    sent = {
        "name": place.name, "address": "Rua A, 1", "city": "Betim", "state": "MG", "desks": 3,
        "zone": "America/Sao_Paulo", "is_active": "on", **week, "closures-TOTAL_FORMS": 0,
        "closures-INITIAL_FORMS": 0,
    }  # fmt: skip
    answer = admin.post(page, sent, follow=True)
    assert "1 agendamento" in answer.content.decode()
    assert set(Cell.objects.values_list("capacity", flat=True)) == {3}
    assert admin.get(reverse("admin:orders_place_delete", args=[place.pk])).status_code == 403
