"""Guesses at a code, many at the same moment."""

import pytest

from orders.models import Emission
from orders.services.codes import WrongCode
from tests.factories import Cast
from tests.orders import races_renewals
from tests.orders.renewing import authority, demo_folder  # noqa: F401
from tests.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.usefixtures("authority")
def test_no_more_than_five_of_many_guesses_are_compared(cast: Cast):
    guess = races_renewals._guess(cast)
    outcomes = at_once(*[guess] * 8)
    assert all(isinstance(outcome, WrongCode) for outcome in outcomes)
    assert Emission.objects.get().tries == Emission.MOST_TRIES
