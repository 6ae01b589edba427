"""A payment that the bank reversed, as a cheque that came back: taken from its charge, and put back.

The settlement stays, for its money did come on its day; it counts no more towards the charge.
"""

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.payments.errors import PaymentError
from portal.payments.models import Charge, Difference, Settlement, Slip
from portal.payments.services import slips
from portal.payments.services.charges import locked, note_settlement, take_back_settlement
from portal.payments.services.settlements import OUTCOMES, note_misfit, slip_state_before
from portal.transitions import IllegalTransition, advance

Status = Difference.Status


@transaction.atomic
def take_back(
    difference: Difference, note: str, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The payment that was reversed counts no more: its charge is owed again, and its desk told.

    Raises IllegalTransition, and PaymentError where no payment by this slip counts, or something
    of it was dealt with otherwise.
    """
    slip = difference.slip
    if not difference.can_be_taken_back or slip is None:
        raise IllegalTransition(_("This is not possible for this difference (any more)."))
    charge = locked(slip.charge)
    settlement = _last_in_force(slip)
    advance(
        difference, to=Status.TAKEN_BACK, by=by, at=at, request=request,
        audit_data={"kind": difference.kind, "cents": settlement.counted_cents},
        resolved_by=by, resolved_at=at, reason=note[:300], settlement=settlement, charge=charge,
    )  # fmt: skip
    _close_others(difference, settlement, by=by, at=at)
    _take_from(charge, slip, settlement, by=by, at=at, request=request)
    settlement.reversed_at = at
    settlement.save(update_fields=["reversed_at"])


def _last_in_force(slip: Slip) -> Settlement:
    """The newest payment by this slip that counts. Raises PaymentError."""
    counts = slip.settlements.filter(undone_at=None, reversed_at=None)
    found: Settlement | None = counts.select_for_update().order_by("-pk").first()
    if found is None:
        raise PaymentError(
            _(
                "No payment by this slip counts: there is nothing to take back. Accept the difference."
            )
        )
    return found


def _close_others(
    difference: Difference, settlement: Settlement, *, by: User, at: datetime
) -> None:
    """What did not fit about the payment is over with it."""
    others = settlement.differences.exclude(pk=difference.pk)
    for other in others.exclude(status__in=[Status.UNDONE, Status.SETTLED]):
        if other.status != Status.OPEN:
            raise PaymentError(_("First reopen the other difference of this payment."))
        advance(other, to=Status.UNDONE, resolved_at=at, resolved_by=by)


def _take_from(
    charge: Charge, slip: Slip, settlement: Settlement, *, by: User, at: datetime,
    request: HttpRequest | None,
) -> None:  # fmt: skip
    """The slip stands as before the payment; withdrawn where another one is open meanwhile."""
    row = settlement.row
    was = (slip_state_before(row, slip.pk) if row else None) or Slip.Status.ISSUED
    if slip.settlements.filter(undone_at=None, reversed_at=None).exclude(pk=settlement.pk).exists():
        was = Slip.Status.PAID
    elif was in Slip.OPEN and charge.slips.filter(status__in=Slip.OPEN).exists():
        was = Slip.Status.WITHDRAWN
    take_back_settlement(
        charge, slip, settlement.counted_cents, slip_was=was, at=at, by=by, request=request
    )
    if charge.status in (Charge.Status.SETTLED, Charge.Status.OVER):
        slips.close_open_slips(charge)


def put_back(
    difference: Difference, charge: Charge, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    """It was no reversal after all: the payment counts again. Raises PaymentError.

    Where it does not fit the charge exactly, another difference says so.
    """
    settlement, slip = difference.settlement, difference.slip
    if settlement is None or settlement.undone_at:
        raise PaymentError(_("The file of this payment was undone meanwhile."))
    difference.settlement = None
    difference.save(update_fields=["settlement"])
    missing = charge.missing_cents
    what = note_settlement(charge, slip, settlement.counted_cents, at=at, by=by, request=request)
    settlement.reversed_at, settlement.outcome = None, OUTCOMES[what]
    settlement.save(update_fields=["reversed_at", "outcome"])
    note_misfit(settlement, missing=missing, said="", at=at, bank_file=settlement.bank_file)
