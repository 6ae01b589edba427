"""Places, services and appointments of certificate orders."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from orders.models import Appointment, AppointmentService, Order, Place, Product
from orders.services import appointments
from orders.services.appointments import By
from tests.factories.numbers import a_cpf, next_number

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


def make_certificate_order(
    *, status: str = Order.Status.AWAITING_APPOINTMENT, at: datetime | None = None, **values: Any
) -> Order:
    """A paid order that waits for its appointment; ``holder`` makes it somebody's."""
    at = at or timezone.now()
    product, _is_new = Product.objects.get_or_create(
        name="e-CPF A3 cartão 3 anos",
        defaults={
            "kind": "e_cpf",
            "level": "a3",
            "medium": "card",
            "years": 3,
            "price_cents": 21_000,
        },
    )
    holder = values.get("holder")
    defaults: dict[str, Any] = {
        "number": 3_000_000 + next_number(), "customer_type": "person", "product": product,
        "product_name": product.name, "price_cents": product.price_cents, "requested_at": at,
        "status_since": at, "holder_name": holder.name if holder else "Carlos Dias",
        "holder_cpf": (holder.cpf if holder else "") or a_cpf(),
        "holder_email": (holder.email if holder else "") or "carlos@exemplo.com.br",
    }  # fmt: skip
    return Order.objects.create(status=status, **(defaults | values))


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
