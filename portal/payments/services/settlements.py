"""Settlements: a checked return file is posted, event by event, and can be undone.

One transaction a chunk: settlements, charges, slips, differences and rows together. A unique
constraint decides whether an event is new, so that nothing is posted twice.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts.models import User
from portal.batches import slices
from portal.payments.banks.cnab_words import bank_says
from portal.payments.errors import PaymentError
from portal.payments.models import (
    BankFile,
    BankFileRow,
    Charge,
    Difference,
    Instruction,
    Settlement,
    Slip,
)
from portal.payments.services import debits, instructions
from portal.payments.services.charges import note_settlement, take_back_settlement
from portal.payments.services.reported_twice import hand_news_over, hand_payment_over
from portal.payments.services.return_files import counted_cents, event_key
from portal.transitions import IllegalTransition, advance

CHUNK = 50
Outcome = BankFileRow.Outcome
Progress = Callable[[BankFile], None]
# What note_settlement answers.
OUTCOMES = {
    "settled": Outcome.SETTLES, "partly": Outcome.SHORT, "over": Outcome.OVER,
    "duplicate": Outcome.DUPLICATE, "after_withdrawal": Outcome.REPLACED,
}  # fmt: skip
_DIFFER = frozenset(Difference.Kind.values)
_CLOSED = "closed"  # in ``BankFileRow.before``: the differences that an event closed


def apply_slice(bank_file: BankFile, *, by: User | None) -> None:
    """Post the next events of a file that is being posted."""
    slices.apply_slice(bank_file, lambda s: apply_rows(bank_file, by=by, seconds=s), by=by)


def apply_rows(
    bank_file: BankFile, *, by: User | None, seconds: float, progress: Progress | None = None
) -> bool:
    """Post what is left of a file for about ``seconds``; True when each event was tried."""
    return slices.apply_rows(
        bank_file, lambda rows: _post_chunk(bank_file, rows, by), size=CHUNK, seconds=seconds,
        progress=progress,
    )  # fmt: skip


@transaction.atomic
def _post_chunk(bank_file: BankFile, rows: Sequence[BankFileRow], by: User | None) -> None:
    locked = _locked(rows)
    before = {row.pk: row.outcome for row in locked}
    at = timezone.now()
    for row in locked:
        _post(bank_file, row, at=at, by=by)
    slices.save_applied(bank_file, locked, before, fields=("before",))


def _locked(rows: Sequence[BankFileRow]) -> list[BankFileRow]:
    """The rows that nobody has dealt with meanwhile, with their slips and charges locked in order."""
    slips = [row.slip_id for row in rows if row.slip_id]
    charges = Slip.objects.filter(pk__in=slips).values("charge")
    list(Charge.objects.filter(pk__in=charges).order_by("pk").select_for_update())
    found = BankFileRow.objects.filter(pk__in=[row.pk for row in rows], done_at__isnull=True)
    return list(
        found.exclude(outcome=Outcome.ERROR).order_by("line").select_for_update(of=("self",))
        .select_related("slip__charge__agreement", "slip__agreement")
    )  # fmt: skip


def _post(bank_file: BankFile, row: BankFileRow, *, at: datetime, by: User | None) -> None:
    slip = row.slip
    if slip is not None:  # an event before may have changed it
        slip.refresh_from_db(fields=["status"])
        slip.charge.refresh_from_db()
        _note_said(bank_file, row, slip, at)
    if row.outcome in (*BankFileRow.PAID, Outcome.KNOWN):
        _post_payment(bank_file, row, at=at, by=by)
    elif row.outcome == Outcome.ADVANCE and slip is not None:
        if not slip.settlements.filter(undone_at=None, reversed_at=None).exists():
            _note_difference(bank_file, row, None, row.cents("paid") or row.cents("face"), at)
    elif row.outcome == Outcome.REVERSED:
        difference = _note_difference(bank_file, row, None, -row.moved_cents, at)
        debits.note_reversal(row, difference, at=at, by=by)
    elif slip is not None:
        _post_news(bank_file, row, slip, at)


def _note_said(bank_file: BankFile, row: BankFileRow, slip: Slip, at: datetime) -> None:
    slip.bank_said = said(bank_file, row)[:200]
    slip.bank_said_at = at
    if pix := row.values["pix"]:
        slip.pix = pix
    slip.save(update_fields=["bank_said", "bank_said_at", "pix"])


def said(bank_file: BankFile, row: BankFileRow) -> str:
    """What the bank says in an event, in its own code and in plain words."""
    values = row.values
    return bank_says(bank_file.bank, bank_file.width, values["movement"], values["reasons"])


def _post_payment(bank_file: BankFile, row: BankFileRow, *, at: datetime, by: User | None) -> None:
    """A new event becomes a settlement; one that is known already is only noted."""
    slip = row.slip
    try:
        with transaction.atomic():
            settlement = _settlement(bank_file, row, at)
    except IntegrityError:
        if not _is_known(bank_file, row):
            raise
        row.outcome = Outcome.KNOWN
        return
    if slip is None:
        row.outcome = Outcome.UNKNOWN
        difference = settlement.paid_cents
    else:
        row.before = _states(slip)
        was_closed = slip.status in (Slip.Status.REPLACED, Slip.Status.WITHDRAWN)
        missing = slip.charge.missing_cents
        what = note_settlement(
            slip.charge, slip, settlement.counted_cents, at=_instant(settlement.occurred_on), by=by
        )
        row.outcome = Outcome.REPLACED if was_closed and what == "settled" else OUTCOMES[what]
        difference = _difference_of(row.outcome, settlement.counted_cents, missing)
        _close_answered(row, _answered_by_payment(slip), Difference.Status.SETTLED, at)
    Settlement.objects.filter(pk=settlement.pk).update(outcome=row.outcome)
    if row.outcome in _DIFFER:
        _note_difference(bank_file, row, settlement, difference, at)


def _difference_of(outcome: str, cents: int, missing: int) -> int:
    """Cents too much, below zero: missing; all of what should not have come."""
    return cents - missing if outcome in (Outcome.SHORT, Outcome.OVER) else cents


def _settlement(bank_file: BankFile, row: BankFileRow, at: datetime) -> Settlement:
    number, movement, occurred_on, paid, ordinal = event_key(row)
    slip = row.slip
    return Settlement.objects.create(
        agreement=slip.agreement if slip else bank_file.known_agreement,
        charge=slip.charge if slip else None, slip=slip, bank_file=bank_file, row=row,
        outcome=row.outcome, number=number, movement=movement, ordinal=ordinal,
        occurred_on=occurred_on, credited_on=date.fromisoformat(row.values["credited_on"]),
        paid_cents=paid, net_cents=row.cents("net"), fee_cents=row.cents("fee"),
        interest_cents=row.cents("interest"), counted_cents=counted_cents(row.values),
        created_at=at,
    )  # fmt: skip


def _is_known(bank_file: BankFile, row: BankFileRow) -> bool:
    """Locked until this is committed: who undoes the other file meanwhile finds this row as well."""
    number, movement, occurred_on, paid, ordinal = event_key(row)
    found = Settlement.objects.filter(
        agreement=row.slip.agreement_id if row.slip else bank_file.agreement_id, number=number,
        movement=movement, occurred_on=occurred_on, paid_cents=paid, ordinal=ordinal,
        undone_at__isnull=True,
    ).select_for_update()  # fmt: skip
    return found.first() is not None


def _states(slip: Slip) -> dict[str, str]:
    """The states of this slip and of the open ones beside it, which a payment closes."""
    beside = slip.charge.slips.filter(status__in=Slip.OPEN)
    return {str(slip.pk): slip.status} | {
        str(pk): status for pk, status in beside.values_list("pk", "status")
    }


def _instant(day: date) -> datetime:
    """Noon of that day: a bank's day has no time."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def _note_difference(
    bank_file: BankFile, row: BankFileRow, settlement: Settlement | None, cents: int, at: datetime
) -> Difference:
    slip = row.slip
    return Difference.objects.create(
        kind=row.outcome, row=row, bank_file=bank_file, settlement=settlement, slip=slip,
        agreement=slip.agreement if slip else bank_file.known_agreement,
        charge=slip.charge if slip else None, number=row.number, cents=cents,
        said=said(bank_file, row)[:300], noted_at=at,
    )  # fmt: skip


def note_misfit(
    settlement: Settlement, *, missing: int, said: str, at: datetime, bank_file: BankFile | None
) -> None:
    """A payment that a person counts for a charge does not fit: another difference says how."""
    outcome, cents = settlement.outcome, settlement.counted_cents
    if outcome in _DIFFER:
        Difference.objects.create(
            kind=outcome, agreement=settlement.agreement, bank_file=bank_file,
            settlement=settlement, charge=settlement.charge, slip=settlement.slip,
            number=settlement.number, cents=_difference_of(outcome, cents, missing),
            said=said, noted_at=at,
        )  # fmt: skip


def _answered_by_payment(slip: Slip) -> QuerySet[Difference]:
    """What was announced by this slip has come; and what was too little, once its rest has."""
    announced = slip.differences.filter(kind=Difference.Kind.ADVANCE)
    if slip.charge.status != Charge.Status.SETTLED:
        return announced
    return announced | Difference.objects.filter(kind=Difference.Kind.SHORT, charge=slip.charge)


def _close_answered(
    row: BankFileRow, waiting: QuerySet[Difference], to: Difference.Status, at: datetime
) -> None:
    """What waited in the work list is answered by this event: nobody has to deal with it."""
    closed = []
    for difference in waiting.filter(status=Difference.Status.OPEN):
        advance(difference, to=to, resolved_at=at)
        closed.append(difference.pk)
    if closed:
        row.before = {**row.before, _CLOSED: closed}


def _open_answered(row: BankFileRow) -> None:
    """Those that the event closed wait again."""
    by_it = (Difference.Status.SETTLED, Difference.Status.RETRACTED)
    for difference in Difference.objects.filter(pk__in=row.before.get(_CLOSED, ())):
        if difference.status in by_it:
            advance(difference, to=Difference.Status.OPEN, resolved_at=None)


# --- what is no payment


def _registered(row: BankFileRow, slip: Slip, at: datetime) -> None:
    instructions.answered(slip, [Instruction.Movement.REGISTER], done=True, at=at)
    _move(row, slip, Slip.Status.REGISTERED, [Slip.Status.ISSUED])


def _rejected(bank_file: BankFile, row: BankFileRow, slip: Slip, at: datetime) -> None:
    """The registration itself, or an instruction about a slip that stays as it is."""
    asked = [Instruction.Movement.REGISTER]
    if slip.status != Slip.Status.ISSUED:
        asked = [Instruction.Movement.WITHDRAW, Instruction.Movement.CHANGE_DUE]
    instructions.answered(slip, asked, done=False, at=at)
    if slip.status == Slip.Status.ISSUED:
        _move(row, slip, Slip.Status.REJECTED, [Slip.Status.ISSUED])
    _note_difference(bank_file, row, None, slip.amount_cents, at)


def _withdrawn(row: BankFileRow, slip: Slip, at: datetime) -> None:
    instructions.answered(slip, [Instruction.Movement.WITHDRAW], done=True, at=at)
    _move(row, slip, Slip.Status.WITHDRAWN, Slip.OPEN)


def _post_news(bank_file: BankFile, row: BankFileRow, slip: Slip, at: datetime) -> None:
    """What a bank says of a slip without bringing money."""
    match row.outcome:
        case Outcome.REGISTERED:
            _registered(row, slip, at)
        case Outcome.REJECTED:
            _rejected(bank_file, row, slip, at)
        case Outcome.WITHDRAWN:
            _withdrawn(row, slip, at)
        case Outcome.CHANGED:
            instructions.answered(slip, [Instruction.Movement.CHANGE_DUE], done=True, at=at)
        case Outcome.RETRACTED:
            announced = slip.differences.filter(kind=Difference.Kind.ADVANCE)
            _close_answered(row, announced, Difference.Status.RETRACTED, at)


def _move(row: BankFileRow, slip: Slip, to: Slip.Status, sources: Sequence[str]) -> None:
    """Move the slip, if it is in one of ``sources``; a paid or replaced one stays as it is."""
    was = slip.status
    if was in sources:
        advance(slip, to=to, only_if={"status": was})
        row.before = {str(slip.pk): was}


# --- undoing


def undo_slice(bank_file: BankFile, *, by: User | None) -> None:
    """Take back the next events of a file that is being undone."""
    slices.undo_slice(bank_file, lambda s: undo_rows(bank_file, by=by, seconds=s), by=by)


def undo_rows(
    bank_file: BankFile, *, by: User | None, seconds: float, progress: Progress | None = None
) -> bool:
    """Take back what a file posted, for about ``seconds``; True when the file is UNDONE.

    What a person has dealt with since (paid back, assigned, accepted) stays.
    """
    finished = slices.undo_rows(
        bank_file, lambda rows: _undo_chunk(rows, by), size=CHUNK, seconds=seconds,
        progress=progress,
    )  # fmt: skip
    if finished:
        kept = bank_file.settlements.filter(undone_at__isnull=True).count()
        slices.finish_undoing(bank_file, kept=kept, by=by)
    return finished


def _undo_chunk(rows: Sequence[BankFileRow], by: User | None) -> None:
    at = timezone.now()
    slips = [row.slip_id for row in rows if row.slip_id]
    charges = Slip.objects.filter(pk__in=slips).values("charge")
    list(Charge.objects.filter(pk__in=charges).order_by("pk").select_for_update())
    found = BankFileRow.objects.filter(pk__in=[row.pk for row in rows]).order_by("-line")
    for row in found.select_related("slip__charge__agreement"):
        _undo(row, at=at, by=by)


def _undo(row: BankFileRow, *, at: datetime, by: User | None) -> None:
    difference = Difference.objects.filter(row=row).first()
    if difference and difference.status not in (
        Difference.Status.OPEN, Difference.Status.SETTLED, Difference.Status.RETRACTED,
        Difference.Status.UNDONE,
    ):  # fmt: skip
        return  # somebody has dealt with it
    in_force = Settlement.objects.filter(row=row, undone_at__isnull=True)
    settlement = in_force.select_for_update().first()
    if settlement is not None:
        if hand_payment_over(row, settlement) or not _take_back(row, settlement, at=at, by=by):
            return
    elif row.slip is not None:
        hand_news_over(row)
        _put_back(row, row.slip.pk)
    _open_answered(row)
    if difference and difference.status == Difference.Status.OPEN:
        advance(difference, to=Difference.Status.UNDONE, resolved_at=at)
        debits.undo(difference, at=at)
        if difference.kind == Difference.Kind.REVERSED:
            _note_again(difference, at=at, by=by)


def _note_again(undone: Difference, *, at: datetime, by: User | None) -> None:
    """A reversal that another file reports too has left the account all the same, by that file."""
    others = Difference.objects.filter(kind=Difference.Kind.REVERSED, slip=undone.slip)
    standing = others.exclude(status=Difference.Status.UNDONE).order_by("pk")
    for other in standing.select_related("row", "agreement", "charge", "bank_file"):
        if other.row is not None:
            debits.note_reversal(other.row, other, at=at, by=by)


def _take_back(row: BankFileRow, settlement: Settlement, *, at: datetime, by: User | None) -> bool:
    """Whether it could be taken back: not once some of the money was given back."""
    slip = row.slip
    if slip is not None and settlement.reversed_at is None:
        try:
            with transaction.atomic():
                take_back_settlement(
                    slip.charge, slip, settlement.counted_cents,
                    slip_was=slip_state_before(row, slip.pk) or Slip.Status.ISSUED, at=at, by=by,
                )  # fmt: skip
        except (PaymentError, IllegalTransition):
            return False
        for key in row.before.keys() - {_CLOSED, str(slip.pk)}:
            _put_back(row, int(key))
    settlement.undone_at = at
    settlement.save(update_fields=["undone_at"])
    return True


def _put_back(row: BankFileRow, pk: int) -> None:
    """A slip as it was before the event, unless something happened to it since."""
    was = slip_state_before(row, pk)
    slip = Slip.objects.filter(pk=pk).first()
    if was is None or slip is None or slip.status == was:
        return
    try:
        with transaction.atomic():
            advance(slip, to=was)
    except (IllegalTransition, IntegrityError):
        return  # another slip is open, or it moved on


def slip_state_before(row: BankFileRow, pk: int) -> Slip.Status | None:
    """The state of a slip before the event, if the event changed it."""
    states = (
        Slip.Status.ISSUED, Slip.Status.REGISTERED, Slip.Status.REJECTED, Slip.Status.REPLACED,
        Slip.Status.WITHDRAWN, Slip.Status.PAID,
    )  # fmt: skip
    was = row.before.get(str(pk))
    return Slip.Status(was) if was in states else None
