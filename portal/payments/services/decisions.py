"""What staff decide about a charge: money that came by other ways, a short payment that is enough,
money that was given back, a slip in place of one that cannot be paid any more."""

from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.hooks import ChargeChanged, tell
from portal.money import format_brl
from portal.payments.errors import AlreadyRaised, NotOwed, PaymentError
from portal.payments.models import Charge, Difference, Settlement, Slip
from portal.payments.services import charges, refunds, slips
from portal.payments.services.settlements import OUTCOMES
from portal.transitions import advance

Status = Charge.Status
_LONGEST = timedelta(days=366)  # that staff may give to pay


@transaction.atomic
def receive(
    charge: Charge,
    *,
    cents: int,
    paid_on: date,
    reason: str,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> str:
    """Note money that came by other ways than the slip ("recebido por fora").

    ``cents`` without interest and fine. Answers as ``charges.note_settlement``. Raises
    PaymentError for a day that has not come, NotOwed when nothing is owed.
    """
    charges.locked(charge)
    if not charge.is_owed:
        raise NotOwed(_("Nothing is to be paid for this any more."))
    if paid_on > timezone.localtime(at).date():
        raise PaymentError(_("The day of the payment has not come yet."))
    noon = timezone.make_aware(datetime.combine(paid_on, time(12)))
    what = charges.note_settlement(
        charge, None, cents, at=noon, by=by, request=request, note=reason
    )
    Settlement.objects.create(
        agreement=charge.agreement, charge=charge, outcome=OUTCOMES[what], occurred_on=paid_on,
        credited_on=paid_on, paid_cents=cents, net_cents=cents, counted_cents=cents,
        created_by=by, created_at=at,
    )  # fmt: skip
    record("charge.received", target=charge, actor=by, request=request, at=at,
           data={"cents": cents, "paid_on": paid_on.isoformat()})  # fmt: skip
    return what


@transaction.atomic
def accept_short(
    charge: Charge, *, reason: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """What came is enough: the rest is let off.

    Raises IllegalTransition when nothing is short, PaymentError while a difference is open.
    """
    charges.locked(charge)
    _check_no_difference(charge)
    missing = charge.missing_cents
    advance(charge, to=Status.SETTLED, settled_at=at, only_if={"status": Status.PARTLY}, by=by,
            at=at, note=reason[:300], request=request, audit_data={"let_off": missing})  # fmt: skip
    slips.close_open_slips(charge)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="settled"))


@transaction.atomic
def note_refund(
    charge: Charge,
    *,
    cents: int,
    reason: str,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Note that what came too much was given back. Raises PaymentError when it is too much."""
    charges.locked(charge)
    if not 0 < cents <= charge.to_refund_cents:
        raise PaymentError(
            _("There are %(amount)s to give back.") % {"amount": format_brl(charge.to_refund_cents)}
        )
    refunds.give_back(charge, cents=cents, how=reason, by=by, at=at, request=request)


@transaction.atomic
def keep_money(
    charge: Charge, *, reason: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """What came for a withdrawn charge counts after all: it is paid, in part or whole.

    Nothing is changed where nothing came or it is not withdrawn. Raises AlreadyRaised when another
    charge for the same thing is in force.
    """
    charges.locked(charge)
    if charge.status != Status.WITHDRAWN or not charge.kept_cents:
        return
    to = charge.status_with(charge.kept_cents)
    paid_at = None if to == Status.PARTLY else charge.settled_at or at
    try:
        with transaction.atomic():
            advance(
                charge, to=to, settled_at=paid_at, by=by, at=at, note=reason[:300], request=request
            )
    except IntegrityError:
        raise AlreadyRaised(_("This has been charged again meanwhile.")) from None
    late = charge.differences.filter(
        kind=Difference.Kind.REPLACED, status=Difference.Status.OPEN
    )  # fmt: skip
    for one in late:
        advance(
            one, to=Difference.Status.ACCEPTED, by=by, at=at, request=request,
            audit_data={"kind": one.kind}, resolved_by=by, resolved_at=at,
            reason=reason[:300],
        )  # fmt: skip


def _check_no_difference(charge: Charge) -> None:
    """What a return file brought too little is accepted where it is listed, and leaves that list."""
    if charge.differences.filter(status=Difference.Status.OPEN).exists():
        raise PaymentError(_("A difference of this charge is open: deal with it there."))


@transaction.atomic
def replace_slip(
    charge: Charge,
    *,
    due_on: date | None = None,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> Slip:
    """A new slip, with a new number, instead of the open one; the first one where there is none.

    ``due_on`` is the charge's new due date. Raises PaymentError when it has passed or is more than
    a year away.
    """
    charges.locked(charge)
    if due_on is not None and due_on != charge.due_on:
        _check_due_date(due_on, today=timezone.localtime(at).date())
        charge.due_on, charge.late_told_at = due_on, None
        charge.save(update_fields=["due_on", "late_told_at"])
    for slip in charge.slips.filter(status__in=Slip.OPEN):
        advance(slip, to=Slip.Status.REPLACED)
    new = slips.issue_slip(charge, at=at, by=by, request=request)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="slip", by=by))
    return new


def _check_due_date(due_on: date, *, today: date) -> None:
    if due_on < today:
        raise PaymentError(_("This due date has passed."))
    if due_on - today > _LONGEST:
        raise PaymentError(_("This due date is more than a year away."))
