"""What two return files report was done once, and stays until both are undone."""

import pytest
from django.utils import timezone

from portal.batches import services as batches
from portal.payments.models import BankFile, Charge, Difference, Settlement, Slip
from portal.payments.services import reversals
from portal.payments.services.statement import statement_of
from tests.factories import Cast
from tests.payments.importing import a_return, a_slip, an_agreement, do, hand_in, post, says

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def twice(cast: Cast, *events: list[str]) -> tuple[BankFile, BankFile]:
    """The same events in two files, both posted."""
    first, second = (post(a_return(events, sequence=n), cast.faturista) for n in (7, 8))
    return first, second


def undo(file: BankFile, cast: Cast) -> BankFile:
    return do(file, batches.undo, cast.faturista)


def status_of(slip: Slip) -> tuple[str, str, int]:
    charge = Charge.objects.get(pk=slip.charge_id)
    return charge.status, Slip.objects.get(pk=slip.pk).status, charge.settled_cents


def outcome(file: BankFile) -> str:
    file.refresh_from_db()
    [row] = file.rows.all()
    assert file.counts.get(row.outcome) == 1
    return str(row.outcome)


def test_a_payment_stays_until_both_files_are_undone(cast: Cast):
    slip = a_slip(an_agreement())
    first, second = twice(cast, says(slip, "06", 10_000, net=9_750, fee=250))
    assert (outcome(first), outcome(second)) == ("settles", "known")
    assert undo(first, cast).kept == 0
    assert status_of(slip) == ("settled", "paid", 10_000)
    assert Settlement.objects.get(undone_at=None).bank_file == second
    assert outcome(second) == "settles"
    assert statement_of(Settlement.objects.get().credited_on).total.credited == 9_750
    assert undo(second, cast).kept == 0
    assert status_of(slip) == ("open", "issued", 0)
    assert not Settlement.objects.filter(undone_at=None).exists()


def test_undone_the_other_way_round_it_stays_as_well(cast: Cast):
    slip = a_slip(an_agreement())
    first, second = twice(cast, says(slip, "06", 10_000))
    undo(second, cast)
    assert status_of(slip) == ("settled", "paid", 10_000)
    undo(first, cast)
    assert status_of(slip) == ("open", "issued", 0)


def test_a_payment_of_nobody_stays_in_the_work_list(cast: Cast):
    a_slip(an_agreement())
    first, second = twice(cast, says(777, "06", 500))
    undo(first, cast)
    difference = Difference.objects.get()
    assert (difference.status, difference.bank_file) == ("open", second)
    undo(second, cast)
    difference.refresh_from_db()
    assert difference.status == "undone"


def test_of_two_payments_that_are_alike_the_one_that_another_file_reports_stays(cast: Cast):
    slip = a_slip(an_agreement())
    paid = says(slip, "06", 10_000)
    first = post(a_return([paid, paid]), cast.faturista)
    post(a_return([paid], sequence=8), cast.faturista)
    assert status_of(slip) == ("over", "paid", 20_000)
    undo(first, cast)
    assert status_of(slip) == ("settled", "paid", 10_000)


def test_a_file_that_was_not_posted_keeps_nothing(cast: Cast):
    slip = a_slip(an_agreement())
    paid = says(slip, "06", 10_000)
    first = post(a_return([paid]), cast.faturista)
    waiting = hand_in(a_return([paid], sequence=8), cast.faturista)
    undo(first, cast)
    assert status_of(slip) == ("open", "issued", 0)
    do(waiting, batches.apply, cast.faturista)
    assert status_of(slip) == ("settled", "paid", 10_000)


def test_a_payment_that_was_reversed_is_not_counted_again(cast: Cast):
    slip = a_slip(an_agreement())
    first, second = twice(cast, says(slip, "06", 10_000))
    post(a_return([says(slip, "44", 10_000)], sequence=9), cast.faturista)
    reversal = Difference.objects.get(kind="reversed")
    reversals.take_back(reversal, "Cheque", by=cast.faturista, at=timezone.now())
    undo(first, cast)
    assert status_of(slip)[0] == "open"
    assert Settlement.objects.get().bank_file == second


@pytest.mark.parametrize(("movement", "was"), [("02", "registered"), ("09", "withdrawn")])
def test_what_a_bank_says_of_a_slip_stays_until_both_files_are_undone(
    cast: Cast, movement: str, was: str
):
    slip = a_slip(an_agreement())
    first, second = twice(cast, says(slip, movement))
    assert status_of(slip)[1] == was
    undo(first, cast)
    assert status_of(slip)[1] == was
    undo(second, cast)
    assert status_of(slip)[1] == "issued"
