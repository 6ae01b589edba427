"""Debits: what left the account is noted beside the payments, so that each day's statement adds up."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.payments.models import Agreement, BankFileRow, Charge, Debit, Difference


def note_reversal(
    row: BankFileRow, difference: Difference, *, at: datetime, by: User | None
) -> None:
    """A bank's event took a payment back. One that is noted already, from another file, is left."""
    paid = row.moved_cents
    if not paid:
        return
    debit = Debit(
        kind=Debit.Kind.REVERSED, agreement=difference.agreement, charge=difference.charge,
        difference=difference, bank_file=difference.bank_file, number=row.number,
        movement=row.values["movement"], ordinal=row.ordinal,
        debited_on=date.fromisoformat(row.values["credited_on"]), paid_cents=paid,
        net_cents=row.cents("net") or paid, fee_cents=row.cents("fee"), created_by=by, created_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            debit.save()
    except IntegrityError:
        if not _in_force(debit):
            raise


def _in_force(debit: Debit) -> bool:
    return Debit.objects.filter(
        agreement=debit.agreement, number=debit.number, movement=debit.movement,
        debited_on=debit.debited_on, paid_cents=debit.paid_cents, ordinal=debit.ordinal,
        undone_at__isnull=True,
    ).exists()  # fmt: skip


def note_refund(
    agreement: Agreement,
    charge: Charge | None,
    cents: int,
    *,
    difference: Difference | None = None,
    on: date,
    by: User,
    at: datetime,
) -> None:
    """Money was given back on a day, for a difference or for the charge alone."""
    Debit.objects.create(
        kind=Debit.Kind.REFUND, agreement=agreement, charge=charge, difference=difference,
        number=difference.number if difference else "", debited_on=on, paid_cents=cents,
        net_cents=cents, created_by=by, created_at=at,
    )  # fmt: skip


def note_refunds(
    charge: Charge,
    cents: int,
    parts: Sequence[tuple[Difference, int]],
    *,
    on: date,
    by: User,
    at: datetime,
) -> None:
    """One for each difference that ``cents`` close, and one for what is over none of them."""
    left = cents
    for difference, its_cents in parts:
        part = min(its_cents, left)
        if part > 0:
            note_refund(charge.agreement, charge, part, difference=difference, on=on, by=by, at=at)
            left -= part
    if left:
        note_refund(charge.agreement, charge, left, on=on, by=by, at=at)


def undo(difference: Difference, *, at: datetime) -> None:
    """What was noted for a difference did not leave the account after all."""
    difference.debits.filter(undone_at__isnull=True).update(undone_at=at)
