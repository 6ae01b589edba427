"""Appointments: what is done once; see ``races``."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from orders.models import Appointment, Order
from orders.services import appointments, holds, invites
from orders.services.agenda import Choice
from orders.services.appointments import By
from orders.services.holds import HoldLapsed
from orders.services.life import NotPossible
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.appointments import (
    ALWAYS,
    make_appointment,
    make_place,
    make_service,
    waiting_order,
)
from tests.racing import Race, Work

_S = "orders.services"


def _start() -> datetime:
    return (timezone.now() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)


def _book(cast: Cast) -> Work:
    make_service()
    order, place, start = waiting_order(), make_place(hours=ALWAYS, desks=9), _start()
    by = By(user=cast.agente, at=timezone.now())
    return lambda: appointments.book_by_staff(
        Order.objects.get(pk=order.pk), place, start, by
    )  # fmt: skip


def _confirm(cast: Cast) -> Work:
    service, place = make_service(), make_place(hours=ALWAYS)
    order, at = waiting_order(holder=cast.ana), timezone.now()
    choice = Choice(place=place, service=service, start=_start())
    holds.hold(order, choice, by=cast.ana, at=at)
    by = By(user=cast.ana, at=at)
    return lambda: appointments.confirm(Order.objects.get(pk=order.pk), by)


def _on_a_booked_one(act: Callable[[Appointment, By], None]) -> Callable[[Cast], Work]:
    def prepare(cast: Cast) -> Work:
        make_service()
        made = make_appointment(waiting_order(), make_place(hours=ALWAYS), _start())
        by = By(user=cast.agente, at=timezone.now(), reason="Pedido por telefone")
        return lambda: act(Appointment.objects.select_related("order", "place").get(pk=made.pk), by)

    return prepare


def _remind(_cast: Cast) -> Work:
    make_service()
    made = make_appointment(waiting_order(), make_place(hours=ALWAYS), _start())
    return lambda: invites.remind(at=made.starts_at - timedelta(hours=3))


RACES = [
    Race(name="book-appointment", prepare=_book, told=(NotPossible,),
         services={f"{_S}.appointments._book", f"{_S}.slots._make", f"{_S}.invites.tell"},
         leaves={"orders.Appointment": 1, "outbox.Entry": 1}),
    Race(name="confirm-appointment", prepare=_confirm, told=(HoldLapsed,), services=set(),
         leaves={"orders.Appointment": 1, "outbox.Entry": 1}),
    Race(name="cancel-appointment", prepare=_on_a_booked_one(appointments.cancel),
         told=(IllegalTransition,), services=set(), leaves={"outbox.Entry": 1}),
    Race(name="remind-of-appointment", prepare=_remind, services=set(), leaves={"outbox.Entry": 1}),
]  # fmt: skip
EXCEPTIONS = {
    "a person's new hold takes the place of the one before: tests/orders/test_slots.py": {
        f"{_S}.holds.hold",
    },
}
