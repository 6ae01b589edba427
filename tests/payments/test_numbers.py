"""Numbers of slips under many hands: none twice, none left out."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from portal.payments.banks.digits import SlipDataError
from portal.payments.errors import PaymentError
from portal.payments.models import Agreement, Slip
from portal.payments.services import numbers
from portal.payments.services.slips import issue_slip
from tests.factories.payments import make_agreement, make_charge
from tests.racing import at_once

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_twenty_at_once_get_twenty_numbers() -> None:
    agreement, at = make_agreement(), timezone.now()
    charges = [make_charge(agreement=agreement) for _ in range(20)]
    slips = at_once(*[partial(issue_slip, charge, at=at) for charge in charges])
    assert sorted(slip.our_number for slip in slips) == [*range(1, 21)]
    assert len({slip.barcode for slip in slips}) == 20
    assert Agreement.objects.get().last_number == 20


def test_a_number_given_by_looking_first_would_be_given_twice() -> None:
    """The control: the last guard is the constraint."""
    agreement = make_agreement()
    one, two = (make_charge(agreement=agreement) for _ in range(2))
    slip = issue_slip(one, at=timezone.now())
    Agreement.objects.update(last_number=0)
    with pytest.raises(PaymentError, match="usado"):
        issue_slip(two, at=timezone.now())
    assert Slip.objects.get() == slip


def test_a_number_is_given_back_when_the_slip_fails() -> None:
    agreement = make_agreement(carteira="")
    with pytest.raises(SlipDataError):
        issue_slip(make_charge(agreement=agreement), at=timezone.now())
    assert Agreement.objects.get().last_number == 0


def test_the_year_of_sicredis_numbers_is_the_years_of_the_place() -> None:
    agreement = make_agreement("748")
    before = datetime(2027, 1, 1, 2, 30, tzinfo=ZoneInfo("UTC"))
    assert numbers.allocate(agreement, at=before) == 26200001
    after = datetime(2027, 1, 1, 3, 30, tzinfo=ZoneInfo("UTC"))
    assert numbers.allocate(agreement, at=after) == 27200001
