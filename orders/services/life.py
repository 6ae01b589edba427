"""How an order moves: from state to state, with its history, and what the client is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.models import Appointment, Order, OrderEvent, Renewal
from orders.services import telling
from portal.accounts.models import User
from portal.payments.models import Charge
from portal.transitions import advance

Status = Order.Status


class NotPossible(Exception):
    """What was asked for cannot be done with this order now; its text says why."""


def lock(order: Order) -> None:
    """Wait for whoever changes it at this moment, then bring ``order`` up to date. In a
    transaction.

    Its charge is locked first: payments come by the charge, and lock the order after it.
    """
    if order.charge_id:
        Charge.objects.select_for_update().filter(pk=order.charge_id).first()
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(of=("self",)))


@transaction.atomic
def move(
    order: Order,
    to: Order.Status,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    request: HttpRequest | None = None,
    is_told: bool = True,
    only_if: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """One step of ``Order.TRANSITIONS``, with history and audit. Raises IllegalTransition.

    ``note``: a reason, which the client reads. ``is_told``: the client gets a mail about it.
    """
    advance(
        order, to=to, by=by, at=at, note=note, request=request, only_if=only_if,
        status_since=at, **values,
    )  # fmt: skip
    if is_told:
        telling.moved(order, note=note, at=at)


def forget_validation() -> dict[str, Any]:
    """Values of an order that is to be validated anew, by whomever it was validated."""
    return {"validated_by": None, "validated_by_system": False, "validated_at": None}


def note_event(
    order: Order, kind: str, *, by: User | None, at: datetime, note: str = ""
) -> OrderEvent:
    """Something that changed no state; ``kind`` is one of ``OrderEvent.KINDS``."""
    return OrderEvent.objects.create(order=order, kind=kind, user=by, at=at, note=note[:500])


def paid_state(order: Order) -> Order.Status:
    """Where an order goes once it is paid or authorised: a renewal needs no appointment, unless
    its holder chose to come."""
    return Status.AWAITING_APPOINTMENT if needs_appointment(order) else Status.AWAITING_VALIDATION


def needs_appointment(order: Order) -> bool:
    """Whether the holder is seen in person."""
    if not order.is_renewal:
        return True
    renewal = Renewal.objects.filter(order=order).first()
    return renewal is not None and renewal.is_in_person


def to_be_validated(order: Order) -> Order.Status:
    """Where an order goes on to be validated: one whose appointment was missed or cancelled needs
    another one first."""
    rows = order.appointments.all()
    kept = rows.filter(status__in=[*Appointment.LIVE, Appointment.Status.DONE])
    if not needs_appointment(order) or not rows.exists() or kept.exists():
        return Status.AWAITING_VALIDATION
    return Status.AWAITING_APPOINTMENT


def back_to_validation(
    order: Order, *, by: User | None, at: datetime, note: str = "",
    request: HttpRequest | None = None, is_told: bool = True,
) -> None:  # fmt: skip
    """Nothing is missing any more. Who has to book again first is told so, whatever ``is_told``."""
    to = to_be_validated(order)
    if to == Status.AWAITING_APPOINTMENT:
        again = _("The appointment of this order was cancelled or missed: choose another one.")
        note, is_told = f"{note} {again}".strip(), True
    move(
        order, to, by=by, at=at, note=note, request=request, is_told=is_told,
        only_if={"status": Status.PENDING_DOCUMENTS},
    )  # fmt: skip


def has_money(order: Order) -> bool:
    """Whether something was paid for it that nobody has given back."""
    if order.refunded_at:
        return False
    return bool(order.charge.kept_cents if order.charge else order.paid_at)


def charge_in_force(order: Order) -> Charge | None:
    """Its charge, paid or to be paid, until that is withdrawn."""
    charge = order.charge
    return charge if charge and charge.status != Charge.Status.WITHDRAWN else None


def refuse_unless(condition: object, text: str = "") -> None:
    """Raise NotPossible where ``condition`` does not hold."""
    if not condition:
        raise NotPossible(text or _("This is not possible in the order's present state."))
