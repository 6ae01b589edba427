"""Numbers of slips under many hands: none twice, none left out."""

import threading
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from portal.payments.errors import NoSlip, PaymentError
from portal.payments.models import Agreement, Charge, Slip
from portal.payments.services import numbers
from portal.payments.services.slips import issue_slip
from tests.factories.payments import make_agreement, make_charge
from tests.racing import PATIENCE_SECONDS, at_once

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_twenty_at_once_get_twenty_numbers() -> None:
    agreement, at = make_agreement(), timezone.now()
    charges = [make_charge(agreement=agreement) for _ in range(20)]
    slips = at_once(*[partial(issue_slip, charge, at=at) for charge in charges])
    assert sorted(slip.our_number for slip in slips) == [*range(1, 21)]
    assert len({slip.barcode for slip in slips}) == 20
    assert Agreement.objects.get().last_number == 20


def test_the_largest_number_and_one_is_given_to_all_who_look_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the naive scheme collides here, and the constraint is the last guard."""
    agreement, at = make_agreement(), timezone.now()
    charges = [make_charge(agreement=agreement) for _ in range(5)]
    looked, found = threading.Barrier(5, timeout=PATIENCE_SECONDS), threading.local()

    def issue(charge: Charge) -> Slip:
        largest = agreement.slips.aggregate(n=Max("our_number"))["n"] or 0
        looked.wait()
        found.number = largest + 1
        return issue_slip(charge, at=at)

    monkeypatch.setattr(numbers, "allocate", lambda *_a, **_k: found.number)
    results = at_once(*[partial(issue, charge) for charge in charges])
    refused = [result for result in results if isinstance(result, PaymentError)]
    assert len(refused) == 4
    assert all("usado" in str(error) for error in refused)
    assert Slip.objects.get().our_number == 1


def test_a_number_is_given_back_when_the_slip_fails() -> None:
    agreement = make_agreement(carteira="")
    with pytest.raises(NoSlip, match="Carteira"):
        issue_slip(make_charge(agreement=agreement), at=timezone.now())
    assert Agreement.objects.get().last_number == 0


@pytest.mark.parametrize(
    ("bank", "values", "last"),
    [
        ("001", {"code": "123456", "carteira": "17"}, 99_999), ("341", {}, 99_999_999),
        ("756", {}, 9_999_999), ("237", {}, 10**11 - 1), ("033", {}, 10**12 - 1),
        ("104", {}, 10**15 - 1),
    ],
)  # fmt: skip
def test_the_last_number_of_a_series_is_given_and_then_it_says_that_there_is_none(
    bank: str, values: dict[str, str], last: int
) -> None:
    agreement = make_agreement(bank, last_number=last - 1, **values)
    one, two = (make_charge(agreement=agreement) for _ in range(2))
    assert issue_slip(one, at=timezone.now()).our_number == last
    with pytest.raises(NoSlip, match="esgotou"):
        issue_slip(two, at=timezone.now())
    assert Agreement.objects.get().last_number == last
    assert not two.slips.exists()


def test_two_agreements_never_give_the_same_numbers() -> None:
    """Two rows of one account would each begin at 1; the bank knows a slip by its number."""
    make_agreement("341", account="56789", carteira="109")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_agreement("341", account="056789", carteira="109")
    make_agreement("341", account="56789", carteira="112")
    made = {make_agreement("001").series for _ in range(3)}
    assert len(made) == 3


def test_the_year_of_sicredis_numbers_is_the_years_of_the_place() -> None:
    agreement = make_agreement("748")
    before = datetime(2027, 1, 1, 2, 30, tzinfo=ZoneInfo("UTC"))
    assert numbers.allocate(agreement, at=before) == 26200001
    after = datetime(2027, 1, 1, 3, 30, tzinfo=ZoneInfo("UTC"))
    assert numbers.allocate(agreement, at=after) == 27200001
