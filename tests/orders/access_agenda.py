"""Who may use the addresses of appointments: see ``tests.orders.access``."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from orders.models import AppointmentService
from orders.models.appointments import ATTEND, BOOK, VIEW_AGENDA
from orders.services import invites
from tests.access import Own
from tests.factories import Cast
from tests.factories.appointments import (
    ALWAYS,
    make_appointment,
    make_place,
    make_service,
    waiting_order,
)

PUBLIC = {"orders:appointment_link"}
_CLIENT = {
    "orders:appointment", "orders:appointment_move", "orders:appointment_hold",
    "orders:appointment_confirm", "orders:appointment_release", "orders:appointment_cancel",
    "orders:appointment_ics",
}  # fmt: skip
OPENS = {
    "orders:appointment", "orders:appointment_move", "orders:appointment_cancel",
    "orders:appointment_ics",
}  # fmt: skip
_ACTS = {"arrived", "back", "finish", "missed", "move", "cancel"}
STAFF = {
    **dict.fromkeys(["orders:agenda", "orders:agenda_print", "orders:agenda_to_move"], VIEW_AGENDA),
    **dict.fromkeys([f"orders:agenda_{act}" for act in _ACTS], ATTEND),
    "orders:agenda_book": BOOK,
}
# Staff who see orders are told that these are the client's: they have the agenda.
OWN = Own(_CLIENT, owners=["ana"], opens=OPENS, readers=["admin", "agente", "faturista"])


def arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    """An appointment of Ana's, in three days."""
    order = waiting_order(holder=cast.ana)
    if not AppointmentService.objects.exists():  # one for all, in a world with neighbours too
        make_service()
    made = make_appointment(order, make_place(hours=ALWAYS), timezone.now() + timedelta(days=3))
    number, key = {"number": order.number}, {"pk": made.pk}
    return {
        **dict.fromkeys(_CLIENT, number),
        **dict.fromkeys([f"orders:agenda_{act}" for act in _ACTS], key),
        "orders:agenda_book": number, "orders:appointment_link": {"token": invites.token_of(made)},
    }  # fmt: skip
