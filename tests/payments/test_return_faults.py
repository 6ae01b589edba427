"""Staging, posting and undoing a return file, killed before every step: nothing lost, nothing twice.

The method is that of ``tests.invoices.test_batch_faults``: let the k-th commit go wrong, start
again, look at what must always hold; for every k.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone

from portal.batches import services as batches
from portal.outbox import delivery
from portal.payments.models import Agreement, BankFile, Charge, Difference, Settlement, Slip
from portal.payments.services import return_files, settlements
from portal.transitions import IllegalTransition
from tests.factories import Cast, make_cast
from tests.invoices.test_batch_faults import Fuse, Killed, every_step, start_again, with_fuse
from tests.payments.importing import a_return, a_slip, an_agreement, do, hand_in, outcomes, says
from tests.racing import at_once

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
faults = pytest.mark.parametrize(
    "error", [Killed, OperationalError], ids=["killed", "database dies"]
)
EXPECTED = ["settles", "short", "unknown"]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """And parsers are called at once: the sandbox is not what is tried here."""
    monkeypatch.setattr(return_files, "CHUNK", 2)
    monkeypatch.setattr(settlements, "CHUNK", 2)
    monkeypatch.setattr("portal.sandbox.child.is_child", lambda: True)


@pytest.fixture
def by(db: None) -> Cast:
    return make_cast()


class Paid:
    """Two slips and a file that settles one, pays the other short, and pays one of nobody."""

    def __init__(self, agreement: Agreement, cast: Cast, number: int) -> None:
        self.cast, self.slips = cast, [a_slip(agreement), a_slip(agreement)]
        exact, short = self.slips
        self.data = a_return(
            [says(exact, "06", 10_000), says(short, "06", 9_000), says(900_000 + number, "06", 5)],
            sequence=number,
        )

    def handed_in(self) -> BankFile:
        self.file = return_files.receive(
            SimpleUploadedFile("retorno.ret", self.data), name="retorno.ret", by=self.cast.faturista
        )[0]
        return self.file

    def checked(self) -> BankFile:
        self.file = hand_in(self.data, self.cast.faturista)
        return self.file

    def stand(self) -> list[tuple[str, str, int]]:
        found = Slip.objects.filter(pk__in=[slip.pk for slip in self.slips]).order_by("pk")
        return list(found.values_list("status", "charge__status", "charge__settled_cents"))

    def check_posted(self) -> None:
        self.file.refresh_from_db()
        assert (self.file.status, self.file.done, self.file.problem) == ("applied", 3, "")
        assert outcomes(self.file) == EXPECTED
        assert self.file.counts == dict.fromkeys(EXPECTED, 1)
        assert self.stand() == [("paid", "settled", 10_000), ("paid", "partly", 9_000)]
        assert self.file.settlements.count() == 3
        kinds = self.file.differences.order_by("pk").values_list("kind", "status")
        assert list(kinds) == [("short", "open"), ("unknown", "open")]
        events = Charge.objects.filter(slips__in=self.slips).order_by("pk")
        told = [
            [e.kind for e in charge.events.order_by("pk") if e.kind not in ("raised", "slip")]
            for charge in events
        ]
        assert told == [["settled"], ["partly"]]


@faults
def test_staging_that_goes_wrong_at_any_step_comes_to_the_same_end(by: Cast, error):
    agreement = an_agreement()

    def one(fuse: Fuse) -> None:
        paid = Paid(agreement, by, fuse.at)
        file = paid.handed_in()
        with_fuse(fuse, delivery.sweep)
        start_again()
        file.refresh_from_db()
        assert (file.status, file.done, file.total) == ("checked", 3, 3)
        assert list(file.rows.values_list("line", "outcome")) == list(enumerate(EXPECTED, 1))
        assert file.counts == dict.fromkeys(EXPECTED, 1)
        assert not Settlement.objects.exists()
        batches.discard(file, by=by.faturista, at=timezone.now())

    assert len(list(every_step(error, one))) >= 5


@faults
def test_posting_that_goes_wrong_at_any_step_comes_to_the_same_end(by: Cast, error):
    agreement = an_agreement()

    def one(fuse: Fuse) -> None:
        paid = Paid(agreement, by, fuse.at)
        batches.apply(paid.checked(), by=by.faturista, at=timezone.now())
        with_fuse(fuse, delivery.sweep)
        start_again()
        paid.check_posted()

    assert len(list(every_step(error, one))) >= 5


def test_undoing_that_is_killed_at_any_step_comes_to_the_same_end(by: Cast):
    agreement = an_agreement()

    def one(fuse: Fuse) -> None:
        paid = Paid(agreement, by, fuse.at)
        before = paid.stand()
        file = do(paid.checked(), batches.apply, by.faturista)
        batches.undo(file, by=by.faturista, at=timezone.now())
        with_fuse(fuse, delivery.sweep)
        start_again()
        file.refresh_from_db()
        assert (file.status, file.kept) == ("undone", 0)
        assert paid.stand() == before
        assert not file.settlements.filter(undone_at__isnull=True).exists()
        assert set(file.differences.values_list("status", flat=True)) == {"undone"}

    assert len(list(every_step(Killed, one))) > 4


def test_what_is_still_posted_when_somebody_stops_and_undoes_it_comes_to_nothing(by: Cast):
    paid = Paid(an_agreement(), by, 1)
    file, before = paid.checked(), paid.stand()
    batches.start_applying(file, by=by.faturista, at=timezone.now())

    def stop_and_undo(_file: BankFile) -> None:
        found = BankFile.objects.get(pk=file.pk)
        if found.status != BankFile.Status.APPLYING:
            return
        with pytest.raises(IllegalTransition):
            batches.undo(found, by=by.faturista, at=timezone.now())
        batches.stop(found, by=by.faturista, at=timezone.now())
        do(found, batches.undo, by.faturista)

    settlements.apply_rows(file, by=by.faturista, seconds=60, progress=stop_and_undo)
    file.refresh_from_db()
    assert file.status == BankFile.Status.UNDONE
    assert paid.stand() == before
    assert not Settlement.objects.filter(undone_at__isnull=True).exists()
    assert not Difference.objects.filter(status="open").exists()


def test_two_who_post_a_file_at_once_post_it_once(by: Cast):
    paid = Paid(an_agreement(), by, 1)
    file = paid.checked()

    def press() -> None:
        batches.apply(BankFile.objects.get(pk=file.pk), by=by.faturista, at=timezone.now())

    answers = at_once(press, press)
    assert {type(answer) for answer in answers if answer} <= {IllegalTransition}, answers
    assert None in answers
    at_once(delivery.sweep, delivery.sweep)
    start_again()
    paid.check_posted()


def test_two_files_with_one_payment_posted_at_once_settle_it_once(by: Cast):
    """A bank repeats events in the file of the next day."""
    agreement = an_agreement()
    slip = a_slip(agreement)
    both = [hand_in(a_return([says(slip, "06", 10_000)], sequence=n), by.faturista) for n in (1, 2)]
    for file in both:
        batches.start_applying(file, by=by.faturista, at=timezone.now())

    def post(file: BankFile) -> bool:
        return settlements.apply_rows(BankFile.objects.get(pk=file.pk), by=by.faturista, seconds=60)

    assert at_once(lambda: post(both[0]), lambda: post(both[1])) == [True, True]
    assert sorted(outcomes(both[0]) + outcomes(both[1])) == ["known", "settles"]
    assert Settlement.objects.count() == 1
    assert Charge.objects.get(pk=slip.charge_id).settled_cents == 10_000
    assert not Difference.objects.exists()
