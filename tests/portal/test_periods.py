"""Months, civil days and money as they are written in Brazil."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from portal.money import format_brl, format_cents, parse_cents
from portal.periods import add_months, end_of_day, format_period, parse_day, parse_period


@pytest.mark.parametrize("text", ["03/2026", "3/2026", " 03 / 2026 ", "2026-03", "03-2026"])
def test_a_period_is_read_as_people_and_month_pickers_write_it(text):
    assert parse_period(text) == date(2026, 3, 1)
    assert format_period(date(2026, 3, 1)) == "03/2026"


@pytest.mark.parametrize(
    "text", ["13/2026", "00/2026", "0326", "março", "", "03/0001", "2026/03/01"]
)
def test_a_wrong_period_is_refused_with_an_example(text):
    with pytest.raises(ValidationError, match="mm/aaaa"):
        parse_period(text)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 1, 15), date(2026, 7, 15)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_six_months_are_calendar_months(start, end):
    assert add_months(start, 6) == end


def test_a_day_ends_later_in_manaus():
    day = date(2026, 2, 28)
    assert end_of_day(day, "America/Sao_Paulo") == datetime(2026, 3, 1, 3, tzinfo=UTC)
    assert end_of_day(day, "America/Manaus") == datetime(2026, 3, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.234,56", 123456),
        ("1234,5", 123450),
        ("R$ 10", 1000),
        ("1.234", 123400),
        ("12.50", 1250),
        ("-3,00", -300),
    ],
)
def test_amounts_are_read_the_brazilian_way(text, cents):
    assert parse_cents(text) == cents


@pytest.mark.parametrize(
    "text", ["", "abc", "1,234.56", "1.23,4", "1,234", "1..2", "99999999999999999,00"]
)
def test_a_wrong_amount_is_refused(text):
    with pytest.raises(ValidationError):
        parse_cents(text)


def test_amounts_are_shown_the_brazilian_way():
    assert format_brl(123456789) == "R$\u00a01.234.567,89"
    assert format_cents(-5) == "-0,05"


@pytest.mark.parametrize(
    "text",
    [
        "032026", "32026", "202603", "3/26", "03.2026", "03 2026", "março de 2026", "Março/2026",
        "mar/26", "mar. 2026", "MARÇO 2026", "march 2026",
    ],
)  # fmt: skip
def test_a_period_is_understood_in_any_usual_way(text):
    assert parse_period(text) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "05/03/2026", "5/3/26", "5.3.2026", "05-03-2026", "05032026", "2026-03-05",
        "5 de março de 2026", "05 mar 2026", " 5 / 3 / 2026 ",
    ],
)  # fmt: skip
def test_a_day_is_understood_in_any_usual_way(text):
    assert parse_day(text) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "text", ["31/02/2026", "5/3", "0503", "hoje", "", "05/13/2026", "5/3/1026"]
)
def test_a_wrong_day_is_refused_with_an_example(text):
    with pytest.raises(ValidationError, match="dd/mm/aaaa"):
        parse_day(text)
