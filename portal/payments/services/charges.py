"""Charges: raised by a desk, settled by what banks and clerks say, withdrawn.

Whoever raised a charge is told what becomes of it by ``portal.hooks.ChargeChanged``, in the same
transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.hooks import ChargeChanged, tell
from portal.money import format_brl
from portal.payments.banks.lines import MAX_CENTS
from portal.payments.errors import AlreadyRaised, AlreadySettled, NoAgreement, NotOwed, PaymentError
from portal.payments.models import Agreement, Charge, Difference, Payer, Slip
from portal.payments.services import slips
from portal.transitions import advance

Status = Charge.Status


@dataclass(frozen=True, kw_only=True)
class PaymentStatus:
    """How a charge stands, in plain words. ``tone``: success, warning, danger, info or secondary."""

    text: str
    tone: str
    said_by_bank: str = ""
    when: datetime | None = None


def raise_charge(
    about: str,
    *,
    description: str,
    amount_cents: int,
    due_on: date,
    payer: Payer,
    agreement: Agreement | None = None,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> Charge:
    """Something is owed for ``about`` (``app.model:key``). A payer that is new is saved.

    Raises AlreadyRaised when a charge for the same thing is in force, NoAgreement when there is
    none to use, PaymentError for an amount that no slip can say.
    """
    if not 0 < amount_cents <= MAX_CENTS:
        raise PaymentError(
            _("A charge is of R$ 0,01 to R$ 99.999.999,99, not of %(amount)s.")
            % {"amount": format_brl(amount_cents)}
        )
    agreement = agreement or default_agreement()
    try:
        with transaction.atomic():
            if payer._state.adding:
                payer.save()
            charge = Charge.objects.create(
                about=about,
                description=description[:120],
                payer=payer,
                agreement=agreement,
                amount_cents=amount_cents,
                due_on=due_on,
                created_by=by,
                created_at=at,
            )
    except IntegrityError as error:
        if Charge.objects.filter(about=about).exclude(status=Status.WITHDRAWN).exists():
            raise AlreadyRaised(_("This has been charged already.")) from error
        raise
    note_event(charge, "raised", at=at, by=by, note=format_brl(amount_cents))
    record("charge.raised", target=charge, actor=by, request=request, at=at,
           data={"about": about, "cents": amount_cents})  # fmt: skip
    return charge


def default_agreement() -> Agreement:
    """The agreement for new charges. Raises NoAgreement."""
    found = Agreement.objects.filter(is_active=True).order_by("-is_default", "pk").first()
    if found is None:
        raise NoAgreement(_("There is no agreement with a bank yet: the billing team adds one."))
    return found


def locked(charge: Charge) -> Charge:
    """The charge as it stands now; others wait until the caller's transaction ends."""
    row: Charge = Charge.objects.select_for_update().get(pk=charge.pk)
    for field in ("status", "settled_cents", "refunded_cents", "settled_at", "due_on", "payer_id"):
        setattr(charge, field, getattr(row, field))
    return charge


def note_event(
    charge: Charge, kind: str, *, at: datetime, by: User | None = None, note: str = ""
) -> None:
    """Something that happened to a charge without changing its state."""
    charge.events.create(kind=kind, user=by, at=at, note=note[:300])


@transaction.atomic
def note_settlement(
    charge: Charge,
    slip: Slip | None,
    cents: int,
    *,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
    note: str = "",
) -> str:
    """Money came for a charge: move charge and slip, and tell the desk that raised it.

    ``cents`` are those that count toward the charge: without interest and fine, before the bank's
    fee. ``slip`` is the one that was paid, a replaced or withdrawn one too; None by other ways.
    ``at`` is when it was paid. Whoever calls keeps the settlement itself and calls once for each.

    Answers what it was: ``settled``, ``partly``, ``over``, ``duplicate`` (nothing was owed any
    more) or ``after_withdrawal``. The last three are to be given back or decided by a person.
    """
    locked(charge)
    if slip is not None and slip.status != Slip.Status.PAID:
        advance(slip, to=Slip.Status.PAID)
    what = _what_it_is(charge, cents)
    total = charge.settled_cents + cents
    note = f"{format_brl(cents)} {note}".strip()
    target = {"settled": Status.SETTLED, "partly": Status.PARTLY, "over": Status.OVER}.get(
        what, Status.OVER if charge.status == Status.SETTLED else None
    )
    traces: dict[str, Any] = {"by": by, "at": timezone.now(), "note": note, "request": request}
    if target is None or target == charge.status:
        charge.settled_cents = total
        charge.save(update_fields=["settled_cents"])
        note_event(charge, what, at=traces["at"], by=by, note=note)
        record("charge.more_money", target=charge, actor=by, request=request,
               data={"cents": cents, "what": what})  # fmt: skip
    else:
        paid_at = at if target in (Status.SETTLED, Status.OVER) else None
        advance(charge, to=target, settled_cents=total, settled_at=charge.settled_at or paid_at,
                audit_data={"cents": cents, "what": what}, **traces)  # fmt: skip
    if charge.status in (Status.SETTLED, Status.OVER):
        slips.close_open_slips(charge)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what=what, cents=cents))
    return what


def _what_it_is(charge: Charge, cents: int) -> str:
    if charge.status == Status.WITHDRAWN:
        return "after_withdrawal"
    if charge.status in (Status.SETTLED, Status.OVER):
        return "duplicate"
    return charge.status_with(charge.kept_cents + cents).value


@transaction.atomic
def take_back_settlement(
    charge: Charge,
    slip: Slip | None,
    cents: int,
    *,
    slip_was: str,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> None:
    """Undo ``note_settlement``: charge and slip stand as before it. ``slip_was``: its state then.

    Raises PaymentError when so much is not there to take back: some was given back meanwhile.
    """
    locked(charge)
    left = charge.settled_cents - cents
    if left < charge.refunded_cents:
        raise PaymentError(_("Of this payment something was given back already."))
    if charge.status == Status.WITHDRAWN and slip_was in Slip.OPEN:
        slip_was = Slip.Status.WITHDRAWN  # withdrawn since: nobody is to pay it
    if slip is not None and slip.status == Slip.Status.PAID and slip_was != Slip.Status.PAID:
        advance(slip, to=slip_was)
    target = charge.status
    if charge.status != Status.WITHDRAWN:
        target = charge.status_with(left - charge.refunded_cents)
    if target == charge.status:
        charge.settled_cents = left
        charge.save(update_fields=["settled_cents"])
        note_event(charge, "undone", at=at, by=by, note=format_brl(cents))
        record("charge.undone", target=charge, actor=by, request=request, data={"cents": cents})
        if charge.status == Status.WITHDRAWN:
            _tell_reopened(charge, cents)
        return
    paid_at = charge.settled_at if target in (Status.SETTLED, Status.OVER) else None
    advance(charge, to=target, settled_cents=left, settled_at=paid_at, by=by, at=at,
            note=format_brl(cents), request=request, audit_data={"cents": cents})  # fmt: skip
    _tell_reopened(charge, cents)


def _tell_reopened(charge: Charge, cents: int) -> None:
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="reopened", cents=cents))


@transaction.atomic
def withdraw_charge(
    charge: Charge,
    *,
    reason: str,
    paid_too: bool = False,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> None:
    """Nothing is to be paid for it any more; its open slip is withdrawn from the bank.

    What came is to be given back. Raises AlreadySettled when it is paid, unless ``paid_too``: the
    desk that raised it ended what it was raised for.
    """
    locked(charge)
    if charge.status in (Status.SETTLED, Status.OVER) and not paid_too:
        raise AlreadySettled(_("This charge is paid: it cannot be withdrawn."))
    if charge.status == Status.WITHDRAWN:
        raise NotOwed(_("This charge is withdrawn already."))
    for slip in charge.slips.filter(status__in=Slip.OPEN):
        advance(slip, to=Slip.Status.WITHDRAWN)
    advance(charge, to=Status.WITHDRAWN, by=by, at=at, note=reason[:300], request=request)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="withdrawn"))


@transaction.atomic
def change_payer(
    charge: Charge,
    payer: Payer,
    *,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> Slip:
    """Somebody else pays: the old slip is withdrawn from the bank, a new one is issued.

    Raises AlreadySettled once any money has come or its bank announced some, NotOwed when nothing
    is owed.
    """
    locked(charge)
    paid = charge.slips.filter(status=Slip.Status.PAID).exists()
    if charge.settled_cents or charge.status in (Status.SETTLED, Status.OVER) or paid:
        raise AlreadySettled(_("A payment is known already: the payer cannot be changed any more."))
    announced = Difference.objects.filter(
        charge=charge, kind=Difference.Kind.ADVANCE, status=Difference.Status.OPEN
    )
    if announced.exists():
        raise AlreadySettled(
            _("The bank announced a payment: the payer can be changed only if it does not come.")
        )
    if charge.status != Status.OPEN:
        raise NotOwed(_("Nothing is to be paid for this any more."))
    if payer._state.adding:
        payer.save()
    slips.replace_open_slip(charge)
    charge.payer = payer
    charge.save(update_fields=["payer"])
    note_event(charge, "payer", at=at, by=by)
    record("charge.payer_changed", target=charge, actor=by, request=request, at=at)
    slip = slips.issue_slip(charge, at=at, by=by, request=request)
    tell(ChargeChanged(about=charge.about, charge_pk=charge.pk, what="payer", by=by))
    return slip


def payment_words(charge: Charge, *, today: date | None = None) -> PaymentStatus:
    """How a charge stands, for who pays it: with what the bank said last, and when."""
    said = charge.slips.exclude(bank_said="").order_by("-bank_said_at").first()
    day = today or timezone.localdate()
    text, tone = _words(charge, day)
    return PaymentStatus(
        text=text,
        tone=tone,
        said_by_bank=said.bank_said if said else "",
        when=said.bank_said_at if said else charge.settled_at,
    )


def _words(charge: Charge, today: date) -> tuple[str, str]:
    due = date_format(charge.due_on, "SHORT_DATE_FORMAT")
    kept, missing = format_brl(charge.kept_cents), format_brl(charge.missing_cents)
    values = {
        "due": due, "kept": kept, "missing": missing, "over": format_brl(charge.to_refund_cents),
    }  # fmt: skip
    match charge.status:
        case Status.SETTLED:
            text, tone = _("Paid."), "success"
        case Status.OVER:
            text, tone = _("Paid, with %(over)s too much, which we will return."), "info"
        case Status.WITHDRAWN if charge.to_refund_cents:
            text, tone = _("Withdrawn. %(over)s came and will be returned."), "warning"
        case Status.WITHDRAWN:
            text, tone = _("Withdrawn: there is nothing to pay."), "secondary"
        case Status.PARTLY:
            text = _("Partly paid: %(kept)s came, %(missing)s is missing.")
            tone = "warning"
        case _ if charge.is_late(today):
            text, tone = _("It was due on %(due)s and no payment is known yet."), "danger"
        case _:
            text, tone = _("Waiting for payment, due on %(due)s."), "warning"
    return text % values, tone
