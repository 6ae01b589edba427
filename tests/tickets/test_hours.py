"""Working time: hours of a week, holidays, closed days, and zones."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from portal.hours import Calendar

DAY = [(time(8), time(12)), (time(13), time(18))]
WEEK = [DAY] * 5 + [[], []]
SP = ZoneInfo("America/Sao_Paulo")
HOUR = 3600


def calendar(**more) -> Calendar:
    return Calendar(zone=SP, weekly=WEEK, **more)


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=SP)


def test_lunch_night_and_weekend_do_not_count():
    # Friday 27 November 11:00 to Monday 30 November 14:00
    assert calendar().seconds_between(at(27, 11), at(30, 14)) == (1 + 5 + 4 + 1) * HOUR


def test_what_is_opened_out_of_hours_begins_with_the_next_morning():
    assert calendar().after(at(27, 22), HOUR) == at(30, 9)


def test_the_last_second_of_a_day_counts_and_the_next_one_is_tomorrows():
    assert calendar().after(at(26, 17, 59, 59), 1) == at(26, 18)
    assert calendar().after(at(26, 17, 59, 59), 2) == at(27, 8, 0, 1)


def test_national_holidays_are_none_of_work_and_20_november_is_one():
    assert calendar().seconds_between(at(20, 0), at(21, 0)) == 0
    assert calendar().seconds_between(at(19, 0), at(20, 0)) == 9 * HOUR


def test_holidays_of_the_state_count_where_the_department_says_so():
    day = (at(4, 0, month=1), at(5, 0, month=1))
    on_monday = datetime(2027, 1, 4, 0, tzinfo=SP), datetime(2027, 1, 5, 0, tzinfo=SP)
    assert calendar(state="RO").seconds_between(*on_monday) == 0
    assert calendar().seconds_between(*on_monday) == 9 * HOUR
    assert calendar().seconds_between(*day) == 0  # a Sunday


def test_carnival_counts_as_closed_only_where_optional_holidays_do():
    tuesday = datetime(2026, 2, 17, 0, tzinfo=SP), datetime(2026, 2, 18, 0, tzinfo=SP)
    assert calendar().seconds_between(*tuesday) == 9 * HOUR
    assert calendar(optional=True).seconds_between(*tuesday) == 0


def test_a_day_of_its_own_wins_over_week_and_holiday():
    other = {date(2026, 11, 20): [(time(9), time(10))], date(2026, 11, 23): []}
    found = calendar(other=other)
    assert found.seconds_between(at(20, 0), at(24, 0)) == HOUR


def test_a_pause_across_the_year_counts_christmas_and_new_year():
    start = datetime(2026, 12, 24, 17, tzinfo=SP)
    end = datetime(2027, 1, 4, 9, tzinfo=SP)
    # An hour on the 24th, 28 to 31 December, an hour on 4 January.
    assert calendar().seconds_between(start, end) == (1 + 4 * 9 + 1) * HOUR


def test_each_department_lives_by_its_own_clock():
    acre = Calendar(zone=ZoneInfo("America/Rio_Branco"), weekly=WEEK)
    assert acre.after(at(26, 6), 60) == datetime(
        2026, 11, 26, 8, 1, tzinfo=ZoneInfo("America/Rio_Branco")
    )


def test_an_hour_that_did_not_exist_breaks_nothing():
    night = Calendar(zone=SP, weekly=[[(time(0), time(2))]] * 7)
    start = datetime(2018, 11, 3, 23, tzinfo=SP)
    assert night.seconds_between(start, datetime(2018, 11, 4, 12, tzinfo=SP)) == HOUR


def test_who_never_works_promises_nothing():
    assert Calendar(zone=SP, weekly=[[]] * 7).after(at(26, 9), 60) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 200 * HOUR),
)
def test_after_and_between_are_the_same_reckoning(start: datetime, seconds: int):
    end = calendar().after(start, seconds)
    assert end is not None
    assert calendar().seconds_between(start, end) == seconds
