"""What people do about differences: accept, assign, and take that back. ``refunds`` gives back.

Each is one transaction that locks the charge first; of two people at once the second is told.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.hooks import ChargeChanged, tell
from portal.payments.errors import PaymentError
from portal.payments.models import BankFileRow, Charge, Difference, Settlement
from portal.payments.services import debits, decisions, reversals
from portal.payments.services.charges import locked, note_settlement, take_back_settlement
from portal.payments.services.refunds import TOLD, move, refund_cents, restate
from portal.payments.services.settlements import OUTCOMES, note_misfit
from portal.transitions import IllegalTransition, advance

Kind, Status = Difference.Kind, Difference.Status
State = Charge.Status


@transaction.atomic
def accept(
    difference: Difference, note: str, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Leave it as it is: what was paid counts as the whole. Raises IllegalTransition."""
    _check(difference.can_be_accepted)
    charge = _locked_charge(difference)
    _close(difference, Status.ACCEPTED, note, by=by, at=at, request=request)
    if charge and charge.status == State.WITHDRAWN and difference.kind == Kind.REPLACED:
        decisions.keep_money(charge, reason=note, by=by, at=at, request=request)
        _tell(charge, TOLD.get(State(charge.status), "withdrawn"))
    elif charge and difference.settlement_id and charge.status in (State.PARTLY, State.OVER):
        move(charge, State.SETTLED, by=by, at=at, request=request)


@transaction.atomic
def assign(
    difference: Difference,
    charge: Charge,
    note: str,
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> str:
    """A payment under an unknown number was meant for this charge. Returns its outcome.

    Where it does not fit the charge exactly another difference says so. Raises IllegalTransition.
    """
    _check(difference.can_be_assigned)
    locked(charge)
    missing = charge.missing_cents
    _close(difference, Status.ASSIGNED, note, by=by, at=at, request=request, charge=charge)
    settlement = _locked_settlement(difference)
    what = note_settlement(charge, None, settlement.counted_cents, at=at, by=by, request=request)
    settlement.charge, settlement.outcome = charge, OUTCOMES[what]
    settlement.save(update_fields=["charge", "outcome"])
    note_misfit(
        settlement, missing=missing, said=difference.said, at=at, bank_file=difference.bank_file
    )
    return str(settlement.outcome)


@transaction.atomic
def reopen(
    difference: Difference, note: str, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Take back what was decided. Raises IllegalTransition, PaymentError."""
    _check(difference.can_be_reopened)
    charge = _locked_charge(difference)
    was = difference.status
    values: dict[str, Any] = {"refund_means": "", "refunded_on": None}
    if was == Status.ASSIGNED:
        values["charge"] = None
    _close(difference, Status.OPEN, note, by=by, at=at, request=request, only_if={"status": was},
           **values)  # fmt: skip
    if was == Status.REFUNDED:
        debits.undo(difference, at=at)
    if charge is None:
        return
    if was == Status.TAKEN_BACK:
        reversals.put_back(difference, charge, by=by, at=at, request=request)
    elif was == Status.ASSIGNED:
        _take_from(difference, charge, by=by, at=at, request=request)
    elif was == Status.REFUNDED:
        charge.refunded_cents -= refund_cents(difference)
        charge.save(update_fields=["refunded_cents"])
        restate(charge, by=by, at=at, request=request)
        if charge.status == State.WITHDRAWN:  # its desk decides about it again
            _tell(charge, "after_withdrawal")
    elif was == Status.ACCEPTED and difference.settlement_id:
        restate(charge, by=by, at=at, request=request)


def _tell(charge: Charge, what: str) -> None:
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what=what))


def _take_from(
    difference: Difference, charge: Charge, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    """The payment is nobody's again; the differences that it made with the charge are over."""
    settlement = _locked_settlement(difference)
    others = settlement.differences.exclude(pk=difference.pk).exclude(status=Status.UNDONE)
    for other in others:
        if other.status != Status.OPEN:
            raise PaymentError(_("First reopen the other difference of this payment."))
        advance(other, to=Status.UNDONE, resolved_at=at, resolved_by=by)
    take_back_settlement(
        charge, None, settlement.counted_cents, slip_was="", at=at, by=by, request=request
    )
    settlement.charge, settlement.outcome = None, BankFileRow.Outcome.UNKNOWN
    settlement.save(update_fields=["charge", "outcome"])


def _check(possible: bool) -> None:
    if not possible:
        raise IllegalTransition(_("This is not possible for this difference (any more)."))


def _locked_charge(difference: Difference) -> Charge | None:
    return locked(difference.charge) if difference.charge else None


def _locked_settlement(difference: Difference) -> Settlement:
    found: Settlement = Settlement.objects.select_for_update().get(differences=difference)
    return found


def _close(
    difference: Difference,
    to: str,
    note: str,
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None,
    **values: Any,
) -> None:
    reopened = to == Status.OPEN
    advance(
        difference, to=to, by=by, at=at, request=request, audit_data={"kind": difference.kind},
        resolved_by=None if reopened else by, resolved_at=None if reopened else at,
        reason=note[:300], **values,
    )  # fmt: skip
