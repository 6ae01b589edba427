"""How an order moves: from state to state, with its history, and what the client is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.models import Order, OrderEvent
from orders.services import telling
from portal.accounts.models import User
from portal.payments.models import Charge
from portal.transitions import advance

Status = Order.Status


class NotPossible(Exception):
    """What was asked for cannot be done with this order now; its text says why."""


def lock(order: Order) -> None:
    """Wait for whoever changes it at this moment, then bring ``order`` up to date. In a
    transaction."""
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


def note_event(
    order: Order, kind: str, *, by: User | None, at: datetime, note: str = ""
) -> OrderEvent:
    """Something that changed no state; ``kind`` is one of ``OrderEvent.KINDS``."""
    return OrderEvent.objects.create(order=order, kind=kind, user=by, at=at, note=note[:500])


def paid_state(order: Order) -> Order.Status:
    """Where an order goes once it is paid or authorised: renewals need no appointment."""
    return Status.AWAITING_VALIDATION if order.is_renewal else Status.AWAITING_APPOINTMENT


def has_money(order: Order) -> bool:
    """Whether something was paid for it that nobody has given back."""
    if order.refunded_at:
        return False
    return bool(order.paid_at or (order.charge and order.charge.kept_cents))


def open_charge(order: Order) -> Charge | None:
    """Its charge while something may still be paid for it by the slip."""
    charge = order.charge
    waiting = (Charge.Status.OPEN, Charge.Status.PARTLY)
    return charge if charge and charge.status in waiting else None


def refuse_unless(condition: object, text: str = "") -> None:
    """Raise NotPossible where ``condition`` does not hold."""
    if not condition:
        raise NotPossible(text or _("This is not possible in the order's present state."))
