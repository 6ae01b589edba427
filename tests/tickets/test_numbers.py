"""Numbers of service orders: given once, typed in any usual way."""

from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import transaction

from tests.factories.tickets import make_ticket
from tests.racing import at_once
from tickets.models import Ticket
from tickets.services.numbers import as_text, take_number, typed

NOW = datetime(2026, 5, 15, 13, 30, tzinfo=UTC)


def test_the_check_digit_is_modulo_11_with_weights_2_to_9():
    # 2026 0002172 from the right: 2×2 7×3 1×4 2×5 0×6 0×7 0×8 · 6×9 2×2 0×3 2×4 = 105; 11 - 105 % 11 = 5
    assert as_text(2026, 2172) == "2026-0002172-5"


@pytest.mark.parametrize(
    "text", ["2026-0002172-5", "202600021725", "#2026-0002172-5", " 2026.0002172/5 "]
)
def test_a_whole_number_is_understood_with_or_without_marks(text: str):
    found = typed(text)
    assert found is not None
    assert found.number == "2026-0002172-5"


@pytest.mark.parametrize("text", ["00002172", "2172", "#00002172"])
def test_the_number_of_the_older_system_is_a_counter(text: str):
    found = typed(text)
    assert found is not None
    assert (found.number, found.counter) == ("", 2172)


@pytest.mark.parametrize(
    "text", ["2026-0002172-6", "", "0", "abc", "20260002172555", "²²", "1" * 5000]
)
def test_what_is_no_number_is_none(text: str):
    assert typed(text) is None


@pytest.mark.django_db
@pytest.mark.both
def test_of_two_years_with_one_counter_the_newest_is_found():
    old = make_ticket(at=datetime(2025, 6, 1, tzinfo=UTC))
    new = make_ticket(at=NOW)
    assert (old.counter, new.counter) == (1, 1)
    counter = typed("00000001")
    assert counter is not None
    assert counter.find_in(Ticket.objects.all()) == new


@pytest.mark.django_db
def test_the_year_is_that_of_the_civil_day_in_brazil():
    with transaction.atomic():
        assert take_number(datetime(2027, 1, 1, 2, 59, tzinfo=UTC))[0].startswith("2026-")
        assert take_number(datetime(2027, 1, 1, 3, 0, tzinfo=UTC))[0].startswith("2027-")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_each_gets_a_number_of_its_own_and_none_is_left_out():
    def take() -> int:
        with transaction.atomic():
            return take_number(NOW)[1]

    assert sorted(at_once(*[partial(take)] * 6)) == [1, 2, 3, 4, 5, 6]
