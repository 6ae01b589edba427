"""Places, services and appointments of certificate orders."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from orders.models import Appointment, AppointmentService, Order, Place
from orders.services import appointments
from orders.services.appointments import By
from tests.factories.numbers import next_number
from tests.factories.orders import make_order

ALWAYS: list[list[list[str]]] = [[["00:00", "24:00"]]] * 7


def make_place(name: str = "", **values: Any) -> Place:
    """A place in Belo Horizonte with office hours and one desk."""
    values.setdefault("address", "Rua dos Exemplos, 10")
    values.setdefault("city", "Belo Horizonte")
    values.setdefault("state", "MG")
    return Place.objects.create(name=name or f"Posto {next_number()}", **values)


def make_service(**values: Any) -> AppointmentService:
    """Half an hour, every half hour, from four hours to 45 days ahead; for all certificates."""
    values.setdefault("name", "Validação presencial")
    return AppointmentService.objects.create(**values)


def waiting_order(**values: Any) -> Order:
    """A paid order that waits for its appointment; ``holder`` makes it somebody's."""
    return make_order(status=Order.Status.AWAITING_APPOINTMENT, **values)


def make_appointment(
    order: Order,
    place: Place,
    start: datetime,
    *,
    by: Any = None,
    at: datetime | None = None,
    **more: Any,
) -> Appointment:
    """Booked by an agent, as agents book."""
    who = By(user=by, at=at or timezone.now(), tell=more.pop("tell", False))
    return appointments.book_by_staff(order, place, start, who, **more)
