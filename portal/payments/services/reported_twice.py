"""What another return file reports too stands by that file, once the first is undone."""

from django.db.models import QuerySet

from portal.batches.slices import recount
from portal.payments.models import BankFile, BankFileRow, Difference, Settlement
from portal.payments.services.return_files import event_key

Outcome = BankFileRow.Outcome


def hand_payment_over(row: BankFileRow, settlement: Settlement) -> bool:
    """Whether another file reports this payment: from now on the settlement is that file's.

    It counts for its charge as before, and what was decided about it stays. The caller has locked
    the charge.
    """
    known = _in_other_files(row).filter(
        outcome=Outcome.KNOWN, batch__bank=settlement.agreement.bank
    )
    heir = next((other for other in known if event_key(other) == event_key(row)), None)
    if heir is None:
        return False
    heir.outcome, heir.before = settlement.outcome, row.before
    heir.save(update_fields=["outcome", "before"])
    recount(heir.batch, [(Outcome.KNOWN, heir.outcome)])
    Difference.objects.filter(row=row).update(row=heir)
    settlement.differences.filter(bank_file=row.batch_id).update(bank_file=heir.batch)
    settlement.row, settlement.bank_file = heir, heir.batch
    settlement.save(update_fields=["row", "bank_file"])
    _forget(row)
    return True


def hand_news_over(row: BankFileRow) -> None:
    """What the event changed is undone with the last file that reports it: see ``row.before``."""
    if not row.before:
        return
    heir = _in_other_files(row).filter(outcome=row.outcome).first()
    if heir is not None and not heir.before:
        heir.before = row.before
        heir.save(update_fields=["before"])
        _forget(row)


def _forget(row: BankFileRow) -> None:
    row.before = {}
    row.save(update_fields=["before"])


def _in_other_files(row: BankFileRow) -> "QuerySet[BankFileRow]":
    """The rows of other files that are posted, about the same number and slip."""
    posted = [BankFile.Status.APPLYING, BankFile.Status.APPLIED]
    rows = BankFileRow.objects.filter(
        number=row.number, slip=row.slip_id, done_at__isnull=False, batch__status__in=posted
    ).exclude(batch=row.batch_id)
    return rows.select_related("batch").select_for_update(of=("self",)).order_by("pk")
