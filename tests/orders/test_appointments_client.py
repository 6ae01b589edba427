"""A client's appointment: seen, held, confirmed, moved and cancelled, within the limits."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Appointment, Cell, Closure, Hold, Order
from orders.services import appointments, holds, invites
from orders.services.agenda import Choice
from orders.services.appointments import By
from tests.factories import Cast
from tests.factories.appointments import make_appointment, make_place, make_service, waiting_order

pytestmark = pytest.mark.django_db
SP = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=SP)
MONDAY = date(2026, 11, 30)


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
    return make_place(desks=1, directions="Sala 3")


@pytest.fixture
def order(cast: Cast) -> Order:
    return waiting_order(holder=cast.ana)


@pytest.fixture
def ana(cast: Cast, client_of) -> Client:
    return client_of(cast.ana)


def url(name: str, order: Order) -> str:
    return reverse(f"orders:appointment{name}", args=[order.number])


def hold(browser: Client, order: Order, place, start: str):
    return browser.post(url("_hold", order), {"posto": place.pk, "inicio": start}, follow=True)


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_time_is_chosen_kept_confirmed_and_moves_the_order(ana, order, place, mailoutbox):
    page = ana.get(url("", order), {"dia": "2026-11-30"})
    assert "T09:00" in page.content.decode()
    page = hold(ana, order, place, "2026-11-30T09:00")
    assert "mais ou menos 10 minutos" in page.content.decode()
    answer = ana.post(url("_confirm", order), follow=True)
    assert "Sala 3" in answer.content.decode()
    made = Appointment.objects.get()
    assert (made.starts_at, made.sequence) == (datetime(2026, 11, 30, 9, 0, tzinfo=SP), 0)
    order.refresh_from_db()
    assert order.status == Order.Status.AWAITING_VALIDATION
    assert order.events.filter(kind="booked").count() == 1
    assert not Hold.objects.exists()


def test_calendar_and_list_show_the_same_days_and_only_what_is_free(ana, order, place):
    Closure.objects.create(place=place, first_day=MONDAY, last_day=MONDAY, reason="Mudança")
    month = ana.get(url("", order), {"mes": "2026-12"}).content.decode()
    listed = ana.get(url("", order), {"mes": "2026-12", "ver": "lista"}).content.decode()
    for page in (month, listed):
        assert "dia=2026-12-01" in page
        assert "dia=2026-12-25" not in page  # Natal
    assert "dia=2026-11-30" not in ana.get(url("", order), {"mes": "2026-11"}).content.decode()


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("2026-11-25T09:00", "já passou"),
        ("2026-11-26T11:00", "4 horas"),
        ("2026-12-25T09:00", "Natal"),
        ("2026-11-29T09:00", "dia da semana"),
        ("2026-11-30T09:07", "começa neste horário"),
        ("2018-11-04T00:30", "não existiu"),
        ("2027-06-01T09:00", "45 dias"),
        ("9999-12-31T23:59", "Escolha um dia e um horário"),
        ("ontem", "Escolha um dia e um horário"),
        ("", "Escolha um dia e um horário"),
    ],
)
def test_a_time_that_cannot_be_booked_is_refused_with_its_reason(ana, order, place, start, text):
    answer = hold(ana, order, place, start)
    assert text in said(answer)
    assert not Hold.objects.exists()
    assert not Cell.objects.exists()


def test_a_time_that_somebody_took_meanwhile_is_said_so_and_nothing_is_half_done(ana, order, place):
    make_appointment(waiting_order(), place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    answer = hold(ana, order, place, "2026-11-30T09:00")
    assert "outra pessoa" in said(answer)
    assert not Hold.objects.exists()


def test_what_is_held_lapses_after_ten_minutes_kindly_and_is_free_again(
    ana, place, clock, cast, client_of
):
    order = waiting_order(holder=cast.ana)
    hold(ana, order, place, "2026-11-30T09:00")
    clock.now = NOW + timedelta(minutes=10)
    answer = ana.post(url("_confirm", order), follow=True)
    assert "dez minutos" in said(answer)
    assert not Appointment.objects.exists()
    others = waiting_order(holder=cast.bruno)
    hold(client_of(cast.bruno), others, place, "2026-11-30T09:00")
    assert Hold.objects.get().order == others
    assert set(Cell.objects.values_list("booked", flat=True)) == {1}


def test_a_person_holds_one_time_whatever_the_number_of_orders_and_tabs(ana, cast, order, place):
    other = waiting_order(holder=cast.ana)
    hold(ana, order, place, "2026-11-30T09:00")
    hold(ana, other, place, "2026-11-30T10:00")
    assert Hold.objects.get().order == other
    answer = ana.post(url("_confirm", order), follow=True)
    assert "dez minutos" in said(answer)
    assert Cell.objects.filter(booked=1).count() == 6


def test_leaving_frees_the_time_at_once(ana, order, place):
    hold(ana, order, place, "2026-11-30T09:00")
    ana.post(url("_release", order))
    assert not Cell.objects.filter(booked__gt=0).exists()


def test_a_place_that_closed_between_holding_and_confirming_refuses(ana, order, place):
    hold(ana, order, place, "2026-11-30T09:00")
    Closure.objects.create(place=place, first_day=MONDAY, last_day=MONDAY, reason="Falta de luz")
    answer = ana.post(url("_confirm", order), follow=True)
    assert "Falta de luz" in said(answer)
    assert not Appointment.objects.exists()


def test_the_same_holder_is_not_seen_twice_at_one_time(ana, cast, order, place):
    make_appointment(order, place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    other, elsewhere = waiting_order(holder=cast.ana), make_place()
    answer = hold(ana, other, elsewhere, "2026-11-30T09:00")
    assert "outro atendimento" in said(answer)


def test_moving_keeps_the_event_raises_its_sequence_and_frees_the_old_time(ana, order, place):
    made = make_appointment(order, place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    make_place("A primeira da lista")
    page = ana.get(url("_move", order))
    assert "Agendado agora" in page.content.decode()
    assert page.context["table"].place == place
    hold(ana, order, place, "2026-12-01T10:00")
    without = ana.post(url("_confirm", order), {"reason": ""})
    assert "Este campo é obrigatório" in without.content.decode()
    ana.post(url("_confirm", order), {"reason": "Viagem"})
    moved = Appointment.objects.get()
    assert (moved.pk, moved.sequence, moved.moves) == (made.pk, 1, 1)
    assert moved.starts_at == datetime(2026, 12, 1, 10, 0, tzinfo=SP)
    assert Cell.objects.filter(booked=1).count() == 6
    assert not Cell.objects.filter(booked=1, starts_at__lt=moved.starts_at).exists()


def test_limits_of_moving_and_cancelling_are_told_and_kept(ana, cast, order, place, clock):
    make_appointment(order, place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    Appointment.objects.update(moves=3)
    assert "remarcado 3 vezes" in said(ana.get(url("_move", order), follow=True))
    clock.now = datetime(2026, 11, 29, 9, 1, tzinfo=SP)
    answer = ana.post(url("_cancel", order), {"reason": "x"}, follow=True)
    assert "24 horas antes" in said(answer)
    assert Appointment.objects.get().status == Appointment.Status.BOOKED


@pytest.mark.parametrize(
    "status", [Order.Status.AWAITING_VALIDATION, Order.Status.PENDING_DOCUMENTS]
)
def test_only_an_appointment_that_is_booked_is_offered_to_be_moved(ana, order, place, status):
    booked = make_appointment(order, place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    Order.objects.filter(pk=order.pk).update(status=status)
    services = reverse("orders:services", args=[order.number])
    assert "remarque ou cancele" in ana.get(services).content.decode()
    Appointment.objects.filter(pk=booked.pk).update(status=Appointment.Status.MISSED)
    text = ana.get(services).content.decode()
    assert "remarque ou cancele" not in text
    assert "Escolha o local, o dia e o horário" in text


def test_cancelling_asks_why_frees_the_time_and_sends_the_order_back(ana, order, place):
    make_appointment(order, place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    ana.post(url("_cancel", order), {"reason": ""})
    assert Appointment.objects.get().status == Appointment.Status.BOOKED
    ana.post(url("_cancel", order), {"reason": "Não posso ir"})
    assert Appointment.objects.get().status == Appointment.Status.CANCELLED
    order.refresh_from_db()
    assert order.status == Order.Status.AWAITING_APPOINTMENT
    assert not Cell.objects.filter(booked__gt=0).exists()
    assert "Não posso ir" in order.events.get(kind="unbooked").note


def test_the_link_cancels_without_login_once_and_dies_when_the_appointment_moves(order, place):
    made = make_appointment(order, place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    stranger, old = Client(), reverse("orders:appointment_link", args=[invites.token_of(made)])
    assert "Cancelar o atendimento?" in stranger.get(old).content.decode()
    assert stranger.get(url("", order)).status_code == 302  # it opens nothing else
    made = appointments.move_by_staff(
        made, place, datetime(2026, 11, 30, 10, 0, tzinfo=SP), By(user=None, at=NOW, tell=False)
    )
    stranger.post(old, {"reason": "x"})
    assert Appointment.objects.get().status == Appointment.Status.BOOKED
    new = reverse("orders:appointment_link", args=[invites.token_of(made)])
    assert "foi cancelado" in stranger.post(new, {"reason": "Doente"}).content.decode()
    assert Appointment.objects.get().status == Appointment.Status.CANCELLED
    assert "não cancela" in stranger.get(new).content.decode()
    assert stranger.get(new[:-8] + "/").status_code == 200


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("payment", "que o pagamento do pedido seja confirmado"),
        ("approved", "não tem atendimento a agendar"),
        ("cancelled", "não tem atendimento a agendar"),
    ],
)
def test_an_order_that_waits_for_something_else_offers_no_time(ana, cast, place, status, text):
    order = waiting_order(holder=cast.ana)
    Order.objects.filter(pk=order.pk).update(status=status)
    assert text in ana.get(url("", order)).content.decode()
    assert text in said(hold(ana, order, place, "2026-11-30T09:00"))


def test_an_order_cancelled_while_its_time_is_held_is_not_booked(ana, cast, order, place):
    choice = Choice(
        place=place, service=appointments.service_of(order),
        start=datetime(2026, 11, 30, 9, 0, tzinfo=SP),
    )  # fmt: skip
    holds.hold(order, choice, by=cast.ana, at=NOW)
    Order.objects.update(status=Order.Status.CANCELLED)
    appointments.withdraw_of(order, By(user=None, at=NOW))
    assert not Cell.objects.filter(booked__gt=0).exists()
    ana.post(url("_confirm", order))
    assert not Appointment.objects.exists()


def test_of_another_persons_order_nothing_is_found(order, place, cast, client_of):
    make_appointment(order, place, datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    for name in ("", "_move", "_confirm", "_cancel", "_ics"):
        assert client_of(cast.bruno).get(url(name, order)).status_code == 404


def test_the_page_of_times_costs_the_same_with_many_places(
    ana, order, place, django_assert_max_num_queries
):
    for _ in range(5):
        make_place()
    ana.get(url("", order))
    with django_assert_max_num_queries(16):
        ana.get(url("", order))
