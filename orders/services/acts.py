"""What staff do with an order: each act is one step of its table, or refused with the reason.

Every act waits for who changes the order at this moment, so that what it looks at is true.
Raises NotPossible and IllegalTransition.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.models import Order, Pendency
from orders.services import (
    appointments,
    codes,
    dossier,
    emission,
    life,
    payment,
    renewing,
    telling,
)
from orders.services.life import NotPossible, move, refuse_unless
from portal.accounts.models import User
from portal.payments.errors import AlreadyRaised
from portal.payments.models import Charge
from portal.payments.services import decisions, refunds
from portal.payments.services.charges import withdraw_charge

Status = Order.Status


class SamePerson(NotPossible):
    """Who validated an order does not verify it."""


@transaction.atomic
def authorize(
    order: Order, *, by: User, at: datetime, note: str = "", request: HttpRequest | None = None
) -> None:
    """The public body authorised it: that stands in place of the payment."""
    life.lock(order)
    move(
        order, life.paid_state(order), by=by, at=at, note=note, request=request,
        only_if={"status": Status.AWAITING_AUTHORIZATION},
    )  # fmt: skip
    renewing.go_on(order, at=at)


@transaction.atomic
def pend(
    order: Order, text: str, *, by: User, at: datetime, request: HttpRequest | None = None
) -> Pendency:
    """Ask the client for what is missing. What was validated is validated anew."""
    life.lock(order)
    pendency = dossier.ask(order, text, by=by, at=at)
    if order.status != Status.PENDING_DOCUMENTS:
        move(
            order, Status.PENDING_DOCUMENTS, by=by, at=at, note=text, request=request,
            **life.forget_validation(),
        )  # fmt: skip
    else:
        telling.moved(order, note=text, at=at)
    return pendency


@transaction.atomic
def resume(
    order: Order, *, by: User, at: datetime, note: str = "", request: HttpRequest | None = None
) -> None:
    """Nothing is missing (any more): every open pendency is closed, and validation goes on."""
    life.lock(order)
    dossier.close_all(order, at=at)
    life.back_to_validation(order, by=by, at=at, note=note, request=request)


@transaction.atomic
def validate(
    order: Order, *, by: User, at: datetime, note: str = "", request: HttpRequest | None = None
) -> None:
    """The first agent has seen the documents and the holder."""
    life.lock(order)
    move(
        order, Status.AWAITING_VERIFICATION, by=by, at=at, note=note, request=request,
        validated_by=by, validated_by_system=False, validated_at=at, verified_by=None,
        verified_at=None,
    )  # fmt: skip


@transaction.atomic
def verify(
    order: Order, *, by: User, at: datetime, note: str = "", request: HttpRequest | None = None
) -> None:
    """A second agent has looked through the dossier. Raises SamePerson for the first one."""
    life.lock(order)
    if order.status == Status.AWAITING_VERIFICATION:  # an order of an older system may have come so
        refuse_unless(
            order.validated_by_id or order.validated_by_system,
            _("Nobody has validated this order here: return it to validation."),
        )
    try:
        with transaction.atomic():
            move(
                order, Status.APPROVED, by=by, at=at, note=note, request=request,
                only_if={"status": Status.AWAITING_VERIFICATION}, verified_by=by, verified_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise SamePerson(_("You validated this order: another agent has to verify it.")) from None
    codes.make(order, by=None, at=at)


@transaction.atomic
def send_back(
    order: Order, *, by: User, at: datetime, note: str, request: HttpRequest | None = None
) -> None:
    """Back to validation, with what the second agent found."""
    life.lock(order)
    move(
        order, Status.AWAITING_VALIDATION, by=by, at=at, note=note, request=request, is_told=False,
        only_if={"status": Status.AWAITING_VERIFICATION}, **life.forget_validation(),
    )  # fmt: skip


@transaction.atomic
def refuse(
    order: Order, *, by: User, at: datetime, note: str, request: HttpRequest | None = None
) -> None:
    """For good, with the reason. What was paid waits for a decision."""
    life.lock(order)
    _end(order, Status.REFUSED, by=by, at=at, note=note, request=request)


@transaction.atomic
def cancel(
    order: Order, *, by: User | None, at: datetime, note: str, request: HttpRequest | None = None,
    only_if: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """By the client, by staff, or by time. Its charge is withdrawn; what was paid waits for a
    decision. ``only_if``: what must still be true of its row, for whom staff's rights are not."""
    life.lock(order)
    _end(order, Status.CANCELLED, by=by, at=at, note=note, request=request, only_if=only_if)


def _end(
    order: Order, to: Order.Status, *, by: User | None, at: datetime, note: str,
    request: HttpRequest | None, only_if: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    waits = life.has_money(order)
    charge = life.charge_in_force(order)
    move(
        order, to, by=by, at=at, note=note, request=request, only_if=only_if, money_waits=waits,
        verified_by=None, verified_at=None, **life.forget_validation(),
    )  # fmt: skip
    renewing.release(order, by=by, at=at)
    emission.end_by_staff(order, at=at, reason=note)
    dossier.close_all(order, at=at)
    appointments.withdraw_of(order, appointments.By(user=by, at=at, reason=note, request=request))
    if charge:
        withdraw_charge(charge, reason=note, paid_too=True, at=at, by=by, request=request)
    if waits:
        telling.money_waits(order, at=at)


@transaction.atomic
def reopen(
    order: Order, *, by: User, at: datetime, note: str, request: HttpRequest | None = None
) -> None:
    """What was refused is validated again. What was cancelled goes on where its money or its
    authorisation puts it; without, it begins anew. Money that came for it counts again: what is
    not the price is under review first."""
    life.lock(order)
    refuse_unless(order.status in (Status.REFUSED, Status.CANCELLED))
    refuse_unless(
        order.refunded_at is None, _("Its money was given back: a new order has to be made.")
    )
    if order.charge:
        try:
            decisions.keep_money(order.charge, reason=note, by=by, at=at, request=request)
        except AlreadyRaised as error:
            raise NotPossible(str(error)) from error
    to = _goes_on_to(order)
    is_paid = order.charge is not None and to in PAID
    paid_at = (order.charge.settled_at or at) if order.charge and is_paid else order.paid_at
    move(
        order, to, by=by, at=at, note=note, request=request, money_waits=False, paid_at=paid_at,
        only_if={"status__in": [Status.REFUSED, Status.CANCELLED]},
    )  # fmt: skip


PAID = (Status.AWAITING_APPOINTMENT, Status.AWAITING_VALIDATION)


def _goes_on_to(order: Order) -> Order.Status:
    """The state of an order that ended and is opened again."""
    was_refused = order.status == Status.REFUSED
    goes_on = life.to_be_validated(order) if was_refused else life.paid_state(order)
    if order.by_agreement:
        if order.events.filter(kind__in=PAID).exists():  # it was authorised
            return goes_on
        return Status.AWAITING_AUTHORIZATION if was_refused else Status.INCOMPLETE
    if order.charge is None:  # of an older system
        return goes_on if was_refused or order.paid_at else Status.INCOMPLETE
    if order.charge.status == Charge.Status.SETTLED:
        return goes_on
    return Status.PAYMENT_REVIEW if order.charge.kept_cents else Status.INCOMPLETE


@transaction.atomic
def refund(
    order: Order, *, how: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Note that all the money of an order that has ended was given back, and how. Once."""
    life.lock(order)
    ended = order.status in (Status.CANCELLED, Status.REFUSED)
    refuse_unless(ended and order.money_waits, _("No money of this order waits for a decision."))
    if charge := life.charge_in_force(order):
        withdraw_charge(charge, reason=how, paid_too=True, at=at, by=by, request=request)
    payment.note_refund(order, how=how, by=by, at=at, request=request)
    if order.charge and (cents := order.charge.kept_cents):
        refunds.give_back(order.charge, cents=cents, how=how, by=by, at=at, request=request)


@transaction.atomic
def start_issuing(
    order: Order, *, by: User, at: datetime, note: str = "", request: HttpRequest | None = None
) -> None:
    """The request went to the authority; the certificate has not come yet."""
    life.lock(order)
    move(order, Status.ISSUING, by=by, at=at, note=note, request=request)


@transaction.atomic
def issued(
    order: Order, *, serial: str, issued_on: date, valid_until: date, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """The certificate is there."""
    life.lock(order)
    move(
        order, Status.ISSUED, by=by, at=at, request=request,
        serial=serial, issued_on=issued_on, valid_until=valid_until,
    )  # fmt: skip
    emission.end_by_staff(order, at=at)


@transaction.atomic
def failed(
    order: Order, *, by: User, at: datetime, note: str, request: HttpRequest | None = None
) -> None:
    """The authority did not issue it: it may be asked for again."""
    life.lock(order)
    move(
        order, Status.APPROVED, by=by, at=at, note=note, request=request,
        only_if={"status": Status.ISSUING},
    )  # fmt: skip
    emission.end_by_staff(order, at=at, reason=note)
    codes.make(order, by=None, at=at)


@transaction.atomic
def deliver(
    order: Order, *, by: User | None, at: datetime, note: str = "",
    request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """The holder has it: confirmed by the holder, or noted by staff."""
    life.lock(order)
    move(order, Status.DELIVERED, by=by, at=at, note=note, request=request)


@transaction.atomic
def revoke(
    order: Order, *, by: User, at: datetime, note: str, request: HttpRequest | None = None
) -> None:
    """The authority revoked the certificate, for this reason."""
    life.lock(order)
    move(order, Status.REVOKED, by=by, at=at, note=note, request=request)
