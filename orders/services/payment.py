"""What payments say about an order, and what that changes.

``portal.payments`` tells of a charge by the hook ``ChargeChanged``, in the transaction of the
settlement. What is done follows from how charge and order stand, not from the word of the event:
told twice, it is done once.
"""

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order
from orders.services import life, telling
from orders.services.life import move, note_event
from portal.hooks import ChargeChanged
from portal.money import format_brl
from portal.payments.models import Charge
from portal.transitions import IllegalTransition

Status = Order.Status
_PREFIX = "orders.order:"
WAITING = (Status.AWAITING_PAYMENT, Status.PAYMENT_REVIEW)
ENDED = (Status.CANCELLED, Status.REFUSED)
MOST = 500  # in one run; the next run goes on


def charge_changed(event: ChargeChanged) -> bool | None:
    """Listener of the hook: True where the charge is an order's."""
    if not event.about.startswith(_PREFIX):
        return None
    order = Order.objects.filter(pk=event.about.removeprefix(_PREFIX)).first()
    if order is None:
        return None
    follow(order, at=timezone.now(), charge=Charge.objects.get(pk=event.charge_pk))
    if event.what == "duplicate":
        text = _("%(amount)s came once more; it is to be given back.")
        note = text % {"amount": format_brl(event.cents)}
        note_event(order, "duplicate", by=None, at=timezone.now(), note=note)
    return True


@transaction.atomic
def follow(order: Order, *, at: datetime, charge: Charge | None = None) -> None:
    """Bring the order to where its charge says it is. ``charge``: by default the order's."""
    life.lock(order)
    charge = charge or order.charge
    if charge is None:
        return
    if order.status in ENDED:
        _money_after_end(order, charge, at)
    elif charge.pk != order.charge_id:
        return
    elif order.status in WAITING:
        _while_waiting(order, charge, at)
    elif order.paid_at and charge.status in (Charge.Status.OPEN, Charge.Status.PARTLY):
        _taken_back(order, at)


def _while_waiting(order: Order, charge: Charge, at: datetime) -> None:
    if charge.status == Charge.Status.SETTLED:
        move(order, life.paid_state(order), by=None, at=at, paid_at=charge.settled_at or at)
    elif charge.status == Charge.Status.OPEN:
        if order.status == Status.PAYMENT_REVIEW:
            move(order, Status.AWAITING_PAYMENT, by=None, at=at, is_told=False)
    elif charge.status != Charge.Status.WITHDRAWN and order.status == Status.AWAITING_PAYMENT:
        move(order, Status.PAYMENT_REVIEW, by=None, at=at)


def _money_after_end(order: Order, charge: Charge, at: datetime) -> None:
    """Somebody decides: nothing is opened again by itself."""
    if order.money_waits or order.refunded_at or not charge.kept_cents:
        return
    order.money_waits = True
    order.save(update_fields=["money_waits"])
    amount = format_brl(charge.kept_cents)
    note_event(order, "money", by=None, at=at, note=amount)
    telling.money_waits(order, at=at)


def _taken_back(order: Order, at: datetime) -> None:
    """A bank file was undone: the order waits for its payment again, if nobody has worked on it."""
    order.paid_at = None
    order.save(update_fields=["paid_at"])
    note_event(order, "undone", by=None, at=at)
    if order.status == Status.AWAITING_APPOINTMENT:
        move(order, Status.AWAITING_PAYMENT, by=None, at=at, is_told=False)


def follow_missed(*, at: datetime) -> int:
    """Bring along the orders whose charge stands otherwise than they do. How many."""
    paid = Q(charge__status=Charge.Status.SETTLED, status__in=WAITING)
    to_review = Q(
        charge__status__in=[Charge.Status.PARTLY, Charge.Status.OVER],
        status=Status.AWAITING_PAYMENT,
    )
    unpaid = Q(charge__status=Charge.Status.OPEN, status=Status.PAYMENT_REVIEW)
    count = 0
    for order in Order.objects.filter(paid | to_review | unpaid).order_by("pk")[:MOST]:
        with suppress(IllegalTransition):  # somebody was faster
            follow(order, at=at)
            count += 1
    return count


def in_words(order: Order) -> str:
    """How the order's payment stands, for staff."""
    if order.refunded_at:
        return _("Given back")
    if order.charge is None:
        return _("Paid") if order.paid_at else _("Nothing is charged yet")
    status = order.charge.get_status_display()
    if order.charge.status == Charge.Status.PARTLY:
        return f"{status}: {format_brl(order.charge.settled_cents)}"
    return status
