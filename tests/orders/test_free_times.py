"""Which times of a place are offered and free: hours, holidays, lead, horizon, buffers, desks, zones."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from orders.models import Closure
from orders.services import agenda, slots
from orders.services.agenda import Choice, NotOffered
from orders.services.slots import Span, Taken
from tests.factories.appointments import ALWAYS, make_place, make_service

pytestmark = pytest.mark.django_db
SP = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=SP)  # a Thursday
MONDAY = date(2026, 11, 30)


def clock(times: list[datetime]) -> list[str]:
    return [f"{start:%H:%M}" for start in times]


def why_not(place, service, start: datetime, at: datetime = NOW) -> str:
    with pytest.raises(NotOffered) as refusal:
        agenda.check(Choice(place=place, service=service, start=start), at=at)
    return str(refusal.value)


def test_an_appointment_lies_within_one_interval_and_never_in_the_break():
    place = make_place(hours=[[["08:00", "10:00"], ["13:00", "14:10"]]] * 7)
    service = make_service(duration=40, step=30)
    assert clock(agenda.free_times(place, service, MONDAY, at=NOW)) == [
        "08:00", "08:30", "09:00", "13:00", "13:30",
    ]  # fmt: skip


def test_the_lead_is_elapsed_time_over_night_and_weekend():
    place, service = make_place(), make_service(lead_hours=72)
    friday_noon = datetime(2026, 11, 27, 12, 0, tzinfo=SP)
    times = agenda.free_days(place, service, date(2026, 11, 27), MONDAY, at=friday_noon)
    assert clock(times[MONDAY])[0] == "13:00"
    assert list(times) == [MONDAY]


def test_no_day_beyond_the_horizon_is_free_and_the_last_one_is():
    place, service = make_place(), make_service(horizon_days=4)
    found = agenda.free_days(place, service, date(2026, 11, 1), date(2026, 12, 31), at=NOW)
    assert list(found) == [date(2026, 11, 26), date(2026, 11, 27), MONDAY]


def test_holidays_closures_and_own_hours_are_told_apart():
    place, service = make_place(state="SP"), make_service(horizon_days=180)
    christmas = datetime(2026, 12, 25, 9, 0, tzinfo=SP)
    assert "Natal" in why_not(place, service, christmas)
    Closure.objects.create(
        place=None, first_day=date(2026, 12, 1), last_day=date(2026, 12, 3), reason="Mudança"
    )
    Closure.objects.create(
        place=place, first_day=date(2026, 12, 3), last_day=date(2026, 12, 3), reason="Plantão",
        hours=[["10:00", "11:00"]],
    )  # fmt: skip
    assert "Mudança" in why_not(place, service, datetime(2026, 12, 2, 9, 0, tzinfo=SP))
    assert clock(agenda.free_times(place, service, date(2026, 12, 3), at=NOW)) == ["10:00", "10:30"]
    sunday = why_not(place, service, datetime(2026, 12, 6, 9, 0, tzinfo=SP))
    assert "dia da semana" in sunday


def test_past_too_soon_too_far_and_off_the_grid_are_refused_each_with_its_reason():
    place, service = make_place(), make_service()
    assert "já passou" in why_not(place, service, NOW - timedelta(minutes=30))
    assert "4 horas" in why_not(place, service, NOW + timedelta(hours=2))
    assert "45 dias" in why_not(place, service, datetime(2027, 1, 12, 9, 0, tzinfo=SP))
    assert "começa neste horário" in why_not(
        place, service, datetime(2026, 11, 30, 9, 10, tzinfo=SP)
    )
    place.is_active = False
    place.save()
    assert "Escolha outro" in why_not(place, service, datetime(2026, 11, 30, 9, 0, tzinfo=SP))


def test_buffers_keep_the_desk_and_each_desk_has_its_own():
    service = make_service(duration=30, step=30, before=10, after=20)
    place = make_place(desks=2)
    nine = Choice(place=place, service=service, start=datetime(2026, 11, 30, 9, 0, tzinfo=SP))
    slots.swap([], nine.span)
    assert len(agenda.free_times(place, service, MONDAY, at=NOW)) == 18
    slots.swap([], nine.span)
    # Both desks are kept from 8:50 to 9:50: 8:00 ends at 8:50 with its buffer; 8:30 would not.
    assert clock(agenda.free_times(place, service, MONDAY, at=NOW))[:3] == [
        "08:00",
        "10:00",
        "10:30",
    ]
    with pytest.raises(Taken):
        slots.swap([], nine.span)
    slots.swap([nine.span], None)
    assert len(agenda.free_times(place, service, MONDAY, at=NOW)) == 18


def test_two_that_touch_a_third_one_each_leave_no_desk_for_it_even_of_two():
    place, service = make_place(desks=2), make_service(duration=60, step=30)
    at = datetime(2026, 11, 30, 9, 0, tzinfo=SP)
    for minutes in (0, 30):
        start = at + timedelta(minutes=minutes)
        slots.swap([], Choice(place=place, service=service, start=start).span)
    # From 9:30 to 10:00 both desks are taken; before and afterwards one is.
    times = clock(agenda.free_times(place, service, MONDAY, at=NOW))
    assert times[:3] == ["08:00", "08:30", "10:00"]


def test_a_place_in_another_zone_is_reckoned_on_its_own_clock():
    place = make_place(state="AM", city="Manaus", zone="America/Manaus")
    service = make_service()
    first = agenda.free_times(place, service, MONDAY, at=NOW)[0]
    assert f"{first:%d %H:%M %z}" == "30 08:00 -0400"


def test_an_hour_that_the_clocks_jumped_over_is_neither_offered_nor_taken():
    place, service = make_place(hours=ALWAYS), make_service(horizon_days=10)
    at = datetime(2018, 11, 1, 9, 0, tzinfo=SP)
    day = date(2018, 11, 4)  # at midnight it was one o'clock
    assert clock(agenda.free_times(place, service, day, at=at))[:2] == ["01:00", "01:30"]
    with pytest.raises(NotOffered, match="não existiu"):
        agenda.local_instant(SP, day, time(0, 30))
    assert agenda.local_instant(SP, day, time(1, 30)).utcoffset() == timedelta(hours=-2)


def test_fewer_desks_keep_what_is_booked_and_sell_nothing_more():
    place = make_place(desks=2)
    span = Span(place, NOW + timedelta(days=4), NOW + timedelta(days=4, minutes=30))
    for _ in range(2):
        slots.swap([], span)
    place.desks = 1
    slots.set_desks(place, at=NOW)
    slots.swap([span], None)
    with pytest.raises(Taken):
        slots.swap([], span)
    slots.swap([span], None)
    slots.swap([], span)


def test_the_free_times_of_a_month_cost_no_more_queries_than_those_of_a_day(
    django_assert_num_queries,
):
    place, service = make_place(), make_service()
    for last in (MONDAY, date(2027, 1, 9)):
        with django_assert_num_queries(2):
            agenda.free_days(place, service, MONDAY, last, at=NOW)
