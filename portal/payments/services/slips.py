"""Slips of a charge: issued with a new number, replaced, printed again."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.free_field import slip_codes
from portal.payments.errors import AlreadyOpen, NoSlip, NotOwed, PaymentError
from portal.payments.models import Charge, Slip
from portal.payments.services import numbers
from portal.transitions import advance


@dataclass(frozen=True, kw_only=True)
class SecondCopy:
    """The slip to print, whether it may still be paid, and whether it is a new one."""

    slip: Slip
    is_payable: bool
    is_new: bool = False


def issue_slip(
    charge: Charge,
    *,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> Slip:
    """A slip over what is still owed, with the agreement's next number.

    A charge that is late gets a new due date, the agreement's days from today. Raises NotOwed when
    nothing is owed, AlreadyOpen when the charge has an open slip, NoSlip when the agreement cannot
    give a number (its series is used up) or a line, PaymentError when its next number is used.
    """
    try:
        with transaction.atomic():
            row = Charge.objects.select_for_update().get(pk=charge.pk)
            if not row.is_owed:
                raise NotOwed(_("Nothing is to be paid for this any more."))
            slip = _make(row, at)
            slip.save()
    except SlipDataError as error:
        raise NoSlip(
            _("No slip can be issued now. The billing team has to see to its agreement: %(why)s")
            % {"why": error}
        ) from error
    except IntegrityError as error:
        if charge.slips.filter(status__in=Slip.OPEN).exists():
            raise AlreadyOpen(_("There is a slip for this already.")) from error
        raise PaymentError(
            _("The next number of the agreement was used already: have its last number raised.")
        ) from error
    charge.due_on = slip.due_on
    charge.events.create(kind="slip", user=by, at=at, note=slip.number_text)
    record("slip.issued", target=slip, actor=by, request=request, at=at,
           data={"charge": charge.pk, "cents": slip.amount_cents})  # fmt: skip
    return slip


def _make(charge: Charge, at: datetime) -> Slip:
    agreement = charge.agreement
    due_on = _due_on(charge, timezone.localtime(at).date())
    if due_on != charge.due_on:
        Charge.objects.filter(pk=charge.pk).update(due_on=due_on, late_told_at=None)
    number = numbers.allocate(agreement, at=at)
    document = str(charge.pk)
    codes = slip_codes(
        agreement.bank_account,
        number,
        cents=charge.missing_cents,
        due_on=due_on,
        own_number=document[-7:],
    )
    return Slip(
        charge=charge,
        agreement=agreement,
        payer=charge.payer,
        our_number=number,
        number_text=codes.number.printed,
        document_number=document,
        amount_cents=charge.missing_cents,
        due_on=due_on,
        issued_at=at,
        barcode=codes.barcode,
        line=codes.line,
        late_days=agreement.late_days,
        interest=agreement.interest,
        fine=agreement.fine,
        printed_instructions=agreement.instructions,
    )


def _due_on(charge: Charge, today: date) -> date:
    if charge.due_on >= today:
        return charge.due_on
    return today + timedelta(days=charge.agreement.days_to_pay)


def replace_open_slip(charge: Charge) -> None:
    """The open slip, if any, is replaced: the next remessa asks the bank to withdraw it."""
    for slip in charge.slips.filter(status__in=Slip.OPEN):
        advance(slip, to=Slip.Status.REPLACED)


def close_open_slips(charge: Charge) -> None:
    """Nothing is owed any more: what could still be paid is withdrawn from the bank."""
    for slip in charge.slips.filter(status__in=Slip.OPEN):
        advance(slip, to=Slip.Status.WITHDRAWN)


def second_copy(
    slip: Slip,
    at: datetime,
    *,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> SecondCopy:
    """The slip to print again ("2ª via").

    Until its due date, and while the bank takes late payment, it is the same slip; then a new one
    replaces it, with a new number and due date. For a replaced one it is the one in its place;
    where the bank refused or withdrew it, a new one. When nothing is owed any more the slip is
    printed as it was and cannot be paid.
    """
    today = timezone.localtime(at).date()
    with transaction.atomic():
        charge = Charge.objects.select_for_update().get(pk=slip.charge_id)
        current = charge.slips.filter(status__in=Slip.OPEN).first()
        if not charge.is_owed:
            return SecondCopy(slip=slip, is_payable=False)
        if current is not None and today <= current.last_day:
            return SecondCopy(slip=current, is_payable=True)
        replace_open_slip(charge)
        new = issue_slip(charge, at=at, by=by, request=request)
    return SecondCopy(slip=new, is_payable=True, is_new=True)
