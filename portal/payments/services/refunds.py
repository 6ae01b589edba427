"""Money that is given back: one act, on whichever page it is said.

It is noted with the charge and closes the differences that asked for it, so that nobody gives the
same money back a second time. Who raised the charge is told.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.hooks import ChargeChanged, tell
from portal.money import format_brl
from portal.payments.errors import PaymentError
from portal.payments.models import Charge, Difference
from portal.payments.services import charges, debits, slips
from portal.transitions import IllegalTransition, advance

Kind, Status = Difference.Kind, Difference.Status
State = Charge.Status
TOO_MUCH = (Kind.DUPLICATE, Kind.OVER)
TOLD = {
    State.OPEN: "reopened", State.PARTLY: "partly", State.OVER: "over", State.SETTLED: "settled",
}  # fmt: skip


@transaction.atomic
def give_back(
    charge: Charge,
    *,
    cents: int,
    how: str,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Note that money of a charge was given back, all that came or what was too much.

    Closes the open differences over this money. Raises PaymentError when so much is not there, or
    when it is a part only of what a difference is over.
    """
    charges.locked(charge)
    if not 0 < cents <= charge.kept_cents:
        raise PaymentError(
            _("There are %(amount)s to give back.") % {"amount": format_brl(charge.kept_cents)}
        )
    closed = _asked_for(charge, cents)
    for difference in closed:
        _close(difference, means=how, refunded_on=None, note="", by=by, at=at, request=request)
    parts = [(difference, refund_cents(difference)) for difference in closed]
    debits.note_refunds(charge, cents, parts, on=timezone.localtime(at).date(), by=by, at=at)
    _note(charge, cents, how, by=by, at=at, request=request)


@transaction.atomic
def give_back_difference(
    difference: Difference,
    *,
    means: str,
    refunded_on: date,
    note: str = "",
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Note that the money of a difference was given back: how and when. Of a payment that was too
    little the whole is given back. Raises IllegalTransition, PaymentError.
    """
    if not difference.can_be_refunded:
        raise IllegalTransition(_("This is not possible for this difference (any more)."))
    charge = charges.locked(difference.charge) if difference.charge else None
    cents = refund_cents(difference)
    _close(
        difference, means=means, refunded_on=refunded_on, note=note, by=by, at=at, request=request
    )
    debits.note_refund(
        charge.agreement if charge else difference.agreement, charge, cents, difference=difference,
        on=refunded_on, by=by, at=at,
    )  # fmt: skip
    if charge is None:
        return
    whole = difference.kind in (Kind.SHORT, Kind.REPLACED)
    if (charge.kept_cents if whole else charge.to_refund_cents) < cents:
        raise PaymentError(_("So much of this charge is not there any more to be paid back."))
    how = f"{means} {refunded_on:%d/%m/%Y} {note}".strip()
    _note(charge, cents, how, by=by, at=at, request=request)


def refund_cents(difference: Difference) -> int:
    """What is given back: what is too much, or all of a payment that was too little."""
    settlement = difference.settlement
    if difference.kind == Kind.SHORT and settlement is not None:
        return settlement.counted_cents
    return difference.cents


def _asked_for(charge: Charge, cents: int) -> Sequence[Difference]:
    """The open differences that ``cents`` close. PaymentError when they are over more than that."""
    found = charge.differences.filter(status=Status.OPEN).order_by("pk")
    if cents == charge.kept_cents:
        return list(found.filter(kind__in=[*TOO_MUCH, Kind.SHORT, Kind.REPLACED]))
    kinds = [*TOO_MUCH, Kind.REPLACED] if charge.status == State.WITHDRAWN else TOO_MUCH
    waiting, closed, left = list(found.filter(kind__in=kinds)), [], cents
    for difference in waiting:
        if difference.cents <= left:
            closed.append(difference)
            left -= difference.cents
    if left and len(closed) < len(waiting):
        raise PaymentError(
            _("A difference over %(amount)s is open: all of it is given back at once.")
            % {"amount": format_brl(next(d.cents for d in waiting if d not in closed))}
        )
    return closed


def _close(
    difference: Difference,
    *,
    means: str,
    refunded_on: date | None,
    note: str,
    by: User,
    at: datetime,
    request: HttpRequest | None,
) -> None:
    advance(
        difference, to=Status.REFUNDED, by=by, at=at, request=request,
        audit_data={"kind": difference.kind}, resolved_by=by, resolved_at=at,
        reason=note[:300] or means[:300], refund_means=means[:60], refunded_on=refunded_on,
    )  # fmt: skip


def _note(
    charge: Charge, cents: int, how: str, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    charge.refunded_cents += cents
    charge.save(update_fields=["refunded_cents"])
    note = f"{format_brl(cents)} {how}"
    charges.note_event(charge, "refunded", at=at, by=by, note=note)
    record("charge.refunded", target=charge, actor=by, request=request, at=at,
           data={"cents": cents})  # fmt: skip
    restate(charge, by=by, at=at, request=request)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="refunded", cents=cents,
                       note=how, by=by))  # fmt: skip


def restate(charge: Charge, *, by: User, at: datetime, request: HttpRequest | None) -> None:
    """Bring the charge's state in line with what came and was not given back."""
    if charge.status == State.WITHDRAWN:
        return
    target = charge.status_with(charge.kept_cents)
    if target != charge.status:
        move(charge, target, by=by, at=at, request=request)


def move(
    charge: Charge, to: Charge.Status, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    """Move the charge and tell who raised it."""
    settled = to in (State.SETTLED, State.OVER)
    paid_at = (charge.settled_at or at) if settled else None
    advance(charge, to=to, by=by, at=at, request=request, settled_at=paid_at)
    if settled:
        slips.close_open_slips(charge)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what=TOLD[to], cents=0))
