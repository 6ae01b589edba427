"""An order whose appointment was missed or cancelled meanwhile leads to another one, for both sides."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Appointment, Order
from orders.services import acts, appointments
from orders.services.appointments import By
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from tests.factories.appointments import (
    ALWAYS,
    make_appointment,
    make_place,
    make_service,
    waiting_order,
)
from tests.factories.orders import make_order, make_product
from tests.tickets.clients import words

pytestmark = [pytest.mark.django_db, pytest.mark.both]
S = Order.Status


@pytest.fixture
def place():
    make_service()
    return make_place(hours=ALWAYS, desks=3)


def booked(place, **values) -> Appointment:
    return make_appointment(waiting_order(**values), place, timezone.now() + timedelta(days=3))


def lose(appointment: Appointment, how: str, by) -> None:
    """Missed or cancelled by the agent."""
    if how == "missed":
        appointments.miss(appointment, By(user=by, at=appointment.starts_at))
    else:
        appointments.cancel(appointment, By(user=by, at=timezone.now(), reason="Pedido"))


def now_of(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


@pytest.mark.parametrize("how", ["missed", "cancelled"])
def test_answered_without_its_appointment_an_order_is_booked_again(cast, client_of, place, how):
    made = booked(place, holder=cast.ana)
    order = now_of(made.order)
    pendency = acts.pend(order, "RG legível", by=cast.agente, at=timezone.now())
    lose(made, how, cast.agente)
    browser = client_of(cast.ana)
    answer = browser.post(
        reverse("orders:conclude", args=[order.number]),
        {"pendency": pendency.pk, f"{pendency.pk}-text": "Levo no dia."}, follow=True,
    )  # fmt: skip
    assert now_of(order).status == S.AWAITING_APPOINTMENT
    assert "escolha outro horário" in words(answer).lower()
    assert reverse("orders:appointment", args=[order.number]) in answer.content.decode()
    mail = Entry.objects.filter(kind=Entry.Kind.MAIL, name__contains="Aguardando Agendamento").get()
    message = opened(mail)
    assert message
    assert "escolha outro" in message.text
    staff = client_of(cast.agente).get(order.desk_url)
    assert reverse("orders:agenda_book", args=[order.number]) in staff.content.decode()


def test_with_its_appointment_booked_or_attended_it_goes_to_validation(cast, place):
    for attended in (False, True):
        made = booked(place)
        order, at = now_of(made.order), timezone.now()
        acts.pend(order, "RG", by=cast.agente, at=at)
        if attended:
            by = By(user=cast.agente, at=at)
            appointments.arrive(made, by)
            appointments.finish(made, by)
        acts.resume(order, by=cast.agente, at=at)
        assert order.status == S.AWAITING_VALIDATION


def test_resumed_or_opened_again_without_its_appointment_it_is_booked_again(cast, place):
    at = timezone.now()
    made = booked(place)
    order = now_of(made.order)
    acts.pend(order, "RG", by=cast.agente, at=at)
    lose(made, "missed", cast.agente)
    acts.resume(order, by=cast.agente, at=at, note="Veio por correio.")
    assert order.status == S.AWAITING_APPOINTMENT
    assert order.events.latest("pk").note.startswith("Veio por correio. ")
    refused = now_of(booked(place).order)
    acts.refuse(refused, by=cast.agente, at=at, note="Documento vencido")
    acts.reopen(refused, by=cast.admin, at=at, note="Renovou o documento")
    assert refused.status == S.AWAITING_APPOINTMENT
    brought_in = make_order(status=S.REFUSED)
    acts.reopen(brought_in, by=cast.admin, at=at, note="Engano")
    assert brought_in.status == S.AWAITING_VALIDATION


def test_a_renewal_never_waits_for_an_appointment(cast, place):
    renewal = make_product("e-CPF A3, renovação", is_renewal=True)
    order = make_order(product=renewal)
    start = timezone.now() + timedelta(days=3)
    lose(make_appointment(order, place, start), "cancelled", cast.agente)
    assert now_of(order).status == S.AWAITING_VALIDATION
    order, at = now_of(order), timezone.now()
    acts.pend(order, "RG", by=cast.agente, at=at)
    acts.resume(order, by=cast.agente, at=at)
    assert order.status == S.AWAITING_VALIDATION
