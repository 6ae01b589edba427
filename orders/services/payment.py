"""What payments say about an order, and what that changes.

``portal.payments`` tells of a charge by the hook ``ChargeChanged``, in the transaction of the
settlement. What is done follows from how charge and order stand, not from the word of the event:
told twice, it is done once.
"""

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order
from orders.services import life, payers, renewing, telling
from orders.services.life import move, note_event
from portal.accounts.models import User
from portal.audit.services import record
from portal.hooks import ChargeChanged
from portal.money import format_brl
from portal.payments.models import Charge
from portal.transitions import IllegalTransition

Status = Order.Status
_PREFIX = "orders.order:"
WAITING = (Status.AWAITING_PAYMENT, Status.PAYMENT_REVIEW)
PAID = (Charge.Status.SETTLED, Charge.Status.PARTLY, Charge.Status.OVER)
ENDED = (Status.CANCELLED, Status.REFUSED)
MOST = 500  # in one run; the next run goes on


def charge_changed(event: ChargeChanged) -> bool | None:
    """Listener of the hook: True where the charge is an order's."""
    if not event.about.startswith(_PREFIX):
        return None
    order = Order.objects.filter(pk=event.about.removeprefix(_PREFIX)).first()
    if order is None:
        return None
    at = timezone.now()
    follow(order, at=at, charge=Charge.objects.get(pk=event.charge_pk))
    if event.what == "duplicate":
        text = _("%(amount)s came once more; it is to be given back.")
        note_event(order, "duplicate", by=None, at=at, note=_amount_in(text, event))
    elif event.what == "after_withdrawal" and order.status not in ENDED:
        text = _("%(amount)s came for a slip that was withdrawn; it is to be given back.")
        note_event(order, "duplicate", by=None, at=at, note=_amount_in(text, event))
    elif event.what == "payer" and order.charge_id == event.charge_pk:
        payers.follow_charge(order, by=_who(event), at=at)
    elif event.what == "slip" and order.charge_id == event.charge_pk:
        telling.new_slip(order)
    elif event.what == "refunded" and order.status in ENDED:
        _given_back(order, event, at)
    return True


def _amount_in(text: str, event: ChargeChanged) -> str:
    return text % {"amount": format_brl(event.cents)}


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
    elif order.status in WAITING or (order.status == Status.INCOMPLETE and charge.status in PAID):
        _while_waiting(order, charge, at)
    elif order.paid_at and charge.status in (Charge.Status.OPEN, Charge.Status.PARTLY):
        _taken_back(order, at)
    elif not order.paid_at and charge.status == Charge.Status.SETTLED:  # it has come again
        order.paid_at = charge.settled_at or at
        order.save(update_fields=["paid_at"])


def _while_waiting(order: Order, charge: Charge, at: datetime) -> None:
    if charge.status == Charge.Status.SETTLED:
        move(order, life.paid_state(order), by=None, at=at, paid_at=charge.settled_at or at)
        renewing.go_on(order, at=at)
    elif charge.status == Charge.Status.OPEN:
        if order.status == Status.PAYMENT_REVIEW:
            move(order, Status.AWAITING_PAYMENT, by=None, at=at, is_told=False)
    elif charge.status == Charge.Status.WITHDRAWN and not charge.kept_cents:
        note = _("Its charge was withdrawn. Conclude the order, and a new slip is issued.")
        move(order, Status.INCOMPLETE, by=None, at=at, note=note)
    elif order.status != Status.PAYMENT_REVIEW:
        move(order, Status.PAYMENT_REVIEW, by=None, at=at)


def _money_after_end(order: Order, charge: Charge, at: datetime) -> None:
    """Somebody decides: nothing is opened again by itself."""
    if charge.pk == order.charge_id and order.money_waits and not charge.kept_cents:
        order.money_waits = False  # taken back with its bank file, or given back
        order.save(update_fields=["money_waits"])
    if order.money_waits or not charge.kept_cents:
        return
    order.money_waits, order.refunded_at, order.refunded_by = True, None, None
    order.save(update_fields=["money_waits", "refunded_at", "refunded_by"])
    amount = format_brl(charge.kept_cents)
    note_event(order, "money", by=None, at=at, note=amount)
    telling.money_waits(order, at=at)


def _given_back(order: Order, event: ChargeChanged, at: datetime) -> None:
    """The billing team gave it back: nobody decides about it here any more, and the payer is told."""
    if order.refunded_at or order.charge is None or order.charge.kept_cents:
        return
    note_refund(order, how=event.note, by=_who(event), at=at)


def _who(event: ChargeChanged) -> User | None:
    return User.objects.filter(pk=event.by.pk).first() if event.by else None


def note_refund(
    order: Order, *, how: str, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Note with the order that its money was given back, and tell the client and the payer."""
    order.money_waits, order.refund_note = False, how[:300]
    order.refunded_at, order.refunded_by = at, by
    order.save(update_fields=["money_waits", "refund_note", "refunded_at", "refunded_by"])
    note_event(order, "refund", by=by, at=at, note=how)
    record("order.refunded", target=order, company=order.audit_company, actor=by, request=request,
           at=at)  # fmt: skip
    telling.refunded(order, at=at)


def _taken_back(order: Order, at: datetime) -> None:
    """A bank file was undone: the order waits for its payment again, if nobody has worked on it."""
    order.paid_at = None
    order.save(update_fields=["paid_at"])
    note_event(order, "undone", by=None, at=at)
    if order.status == Status.AWAITING_APPOINTMENT:
        move(order, Status.AWAITING_PAYMENT, by=None, at=at, is_told=False)


def follow_missed(*, at: datetime) -> int:
    """Bring along the orders whose charge stands otherwise than they do. How many."""
    paid = Q(charge__status=Charge.Status.SETTLED, status__in=(*WAITING, Status.INCOMPLETE))
    to_review = Q(
        charge__status__in=[Charge.Status.PARTLY, Charge.Status.OVER],
        status=Status.AWAITING_PAYMENT,
    )
    unpaid = Q(charge__status=Charge.Status.OPEN, status=Status.PAYMENT_REVIEW)
    withdrawn = Q(
        charge__status=Charge.Status.WITHDRAWN, status__in=WAITING,
        charge__settled_cents=F("charge__refunded_cents"),
    )  # fmt: skip
    found = Order.objects.filter(paid | to_review | unpaid | withdrawn)
    count = 0
    for order in found.order_by("pk")[:MOST]:
        with suppress(IllegalTransition):  # somebody was faster
            follow(order, at=at)
            count += 1
    return count


def in_words(order: Order) -> str:
    """How the order's payment stands, for staff."""
    if order.refunded_at:
        return _("Given back")
    if order.charge is None:
        if order.paid_at:
            return _("Paid")
        return _("Nothing is charged yet") if order.price_cents else _("It costs nothing.")
    status = order.charge.get_status_display()
    if order.charge.status == Charge.Status.PARTLY:
        return f"{status}: {format_brl(order.charge.settled_cents)}"
    return status
