"""Due-date factor, bar code, line and bars, at their edges."""

from datetime import date, timedelta

import pytest

from portal.payments.banks.bars import MODULES, bar_rectangles, bars_as_path
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.due import due_date, due_factor
from portal.payments.banks.lines import (
    MAX_CENTS,
    barcode_of,
    line_of,
    make_barcode,
    print_line,
    read_barcode,
)

LINE = "34191.10121 34567.880058 71234.570001 6 16670000012345"
FIELD = "1101234567880057123457000"


def _barcode(due_on: date | None = date(2026, 12, 10), cents: int = 123_45) -> str:
    return make_barcode(bank="341", due_on=due_on, cents=cents, free_field=FIELD)


@pytest.mark.parametrize(
    ("due_on", "factor"),
    [
        (date(2000, 7, 3), "1000"),
        (date(2000, 7, 4), "1001"),
        (date(2002, 5, 1), "1667"),
        (date(2025, 2, 21), "9999"),
        (date(2025, 2, 22), "1000"),
        (date(2029, 5, 20), "2548"),
        (date(2049, 10, 13), "9999"),
        (date(2049, 10, 14), "1000"),
        (None, "0000"),
    ],
)
def test_the_due_date_factor_and_its_turns(due_on: date | None, factor: str) -> None:
    assert due_factor(due_on) == factor
    assert due_date(factor, on=due_on or date(2026, 1, 1)) == due_on


def test_a_factor_is_read_from_3000_days_ago_to_5500_days_ahead() -> None:
    today = date(2026, 11, 27)
    for days in (-3000, -1, 0, 1, 5500):
        day = today + timedelta(days=days)
        assert due_date(due_factor(day), on=today) == day
    with pytest.raises(SlipDataError):
        due_date(due_factor(today + timedelta(days=5501)), on=today)
    with pytest.raises(SlipDataError):
        due_date("0999", on=today)


def test_one_factor_means_two_dates_by_the_day_it_is_read() -> None:
    assert due_date("1000", on=date(2003, 1, 1)) == date(2000, 7, 3)
    assert due_date("1000", on=date(2026, 1, 1)) == date(2025, 2, 22)


def test_a_date_before_the_first_factor_is_refused() -> None:
    with pytest.raises(SlipDataError, match="2000-07-02"):
        due_factor(date(2000, 7, 2))


def test_the_largest_amount_fits_and_one_cent_more_does_not() -> None:
    assert _barcode(cents=MAX_CENTS)[9:19] == "9999999999"
    for cents in (MAX_CENTS + 1, -1):
        with pytest.raises(SlipDataError):
            _barcode(cents=cents)


def test_a_line_is_read_back_with_or_without_its_dots() -> None:
    barcode = barcode_of(LINE)
    assert print_line(line_of(barcode)) == LINE
    assert barcode_of(LINE.replace(".", "").replace(" ", "")) == barcode
    read = read_barcode(barcode, on=date(2002, 5, 1))
    assert (read.bank, read.due_on, read.cents) == ("341", date(2002, 5, 1), 123_45)
    assert read.free_field == FIELD
    assert read_barcode(_barcode(due_on=None), on=date(2026, 1, 1)).due_on is None


def test_every_single_wrong_digit_of_a_line_is_found() -> None:
    digits = LINE.replace(".", "").replace(" ", "")
    for position, digit in enumerate(digits):
        for other in set("0123456789") - {digit}:
            wrong = digits[:position] + other + digits[position + 1 :]
            with pytest.raises(SlipDataError):
                barcode_of(wrong)


@pytest.mark.parametrize("text", ["", "1" * 44, "1" * 48, LINE.replace("4", "x"), "²" * 47])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(SlipDataError):
        barcode_of(text)


def test_the_bar_code_of_a_utility_or_a_wrong_digit_is_refused() -> None:
    good = _barcode()
    for wrong in (good[:43], "8" * 44, good[:3] + "8" + good[4:], good[:-1] + "1"):
        with pytest.raises(SlipDataError):
            read_barcode(wrong, on=date(2026, 1, 1))


def test_the_bars_of_44_digits_take_405_modules() -> None:
    rectangles = bar_rectangles(_barcode())
    assert rectangles[0] == (0, 1)
    assert sum(rectangles[-1]) == MODULES
    assert {width for _left, width in rectangles} == {1, 3}
    assert len(rectangles) == 2 + 22 * 5 + 2
    assert bars_as_path("00").startswith("M0 0h1v1h-1zM2 0h1v1h-1zM4 0h1")
    with pytest.raises(SlipDataError):
        bar_rectangles("123")
