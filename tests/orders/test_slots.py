"""Exactly the capacity is sold: many at once for few places, on both databases."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from orders.models import Appointment, Cell, Hold, Order
from orders.services import appointments, holds, slots
from orders.services.agenda import Choice
from orders.services.appointments import By
from orders.services.slots import Span
from tests.factories import make_user
from tests.factories.appointments import (
    ALWAYS,
    make_appointment,
    make_place,
    make_service,
    waiting_order,
)
from tests.racing import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
PEOPLE, CAPACITY = 40, 3


def kinds(outcomes: list[object]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def start_of(day: int = 1) -> datetime:
    return (timezone.now() + timedelta(days=day)).replace(minute=0, second=0, microsecond=0)


def hold_and_confirm(choice: Choice):
    """A person of their own for each: hold the time, look at it, confirm it."""
    person = make_user(f"Pessoa {choice.start:%H%M%S%f}")
    order = waiting_order(holder=person)
    at = timezone.now()

    def work() -> object:
        holds.hold(order, choice, by=person, at=at)
        return appointments.confirm(Order.objects.get(pk=order.pk), By(user=person, at=at))

    return work


def test_forty_at_once_get_exactly_the_three_places():
    place, service = make_place(desks=CAPACITY, hours=ALWAYS), make_service()
    choice = Choice(place=place, service=service, start=start_of())
    outcomes = at_once(*[hold_and_confirm(choice) for _ in range(PEOPLE)])
    assert kinds(outcomes) == {"Appointment": CAPACITY, "Taken": PEOPLE - CAPACITY}
    assert Appointment.objects.count() == CAPACITY
    assert set(Cell.objects.values_list("booked", flat=True)) == {CAPACITY}
    waiting = Order.objects.filter(status=Order.Status.AWAITING_APPOINTMENT).count()
    assert (waiting, Hold.objects.count()) == (PEOPLE - CAPACITY, 0)


def test_the_naive_scheme_sells_more_than_there_is():
    """The control: who counts first and inserts then oversells under the same forty."""
    place, service = make_place(desks=CAPACITY, hours=ALWAYS), make_service()
    start = start_of()
    choice = Choice(place=place, service=service, start=start)
    orders = [waiting_order() for _ in range(PEOPLE)]
    looked = threading.Barrier(PEOPLE, timeout=60)

    def naive(order: Order) -> str:
        taken = Appointment.objects.live().filter(place=place, starts_at=start).count()
        looked.wait()
        if taken >= CAPACITY:
            return "full"
        Appointment.objects.create(order=order, set_at=timezone.now(), **choice.values())
        return "sold"

    outcomes = at_once(*[partial(naive, order) for order in orders])
    assert Counter(outcomes)["sold"] > CAPACITY


def test_a_cell_that_is_full_refuses_one_more_whoever_asks():
    place = make_place()
    span = Span(place, start_of(), start_of() + timedelta(minutes=30))
    slots.swap([], span)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cell.objects.update(booked=2)


def test_those_who_move_past_each_other_all_arrive_or_stay():
    """Twelve appointments in six full times of one desk, each moved to another's at once: cells
    are locked in the order of keys, so nobody waits for each other, and none is counted twice."""
    place, _service = make_place(desks=2, hours=ALWAYS), make_service(duration=60)
    starts = [start_of(2) + timedelta(hours=n) for n in range(6)]
    made = [make_appointment(waiting_order(), place, start) for start in starts for _ in range(1)]
    number = count()

    def move() -> object:
        n = next(number)
        row = Appointment.objects.select_related("place", "service").get(pk=made[n % 6].pk)
        to = starts[(n % 6 + 1 + n // 6) % 6]
        return appointments.move_by_staff(row, place, to, By(user=None, at=timezone.now()))

    outcomes = at_once(*[move] * 12)
    assert set(kinds(outcomes)) <= {"Appointment", "Taken", "IllegalTransition"}
    assert kinds(outcomes)["Appointment"] >= 1
    booked: Counter[datetime] = Counter()
    for row in Appointment.objects.select_related("place"):
        booked.update(Span.of(row).cells())
    assert booked == {cell.starts_at: cell.booked for cell in Cell.objects.filter(booked__gt=0)}


@pytest.mark.postgres
def test_two_hundred_at_once_get_exactly_the_seven_places():
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        if int(cursor.fetchone()[0]) < 220:
            pytest.skip("the server takes too few connections")
    place, service = make_place(desks=7, hours=ALWAYS), make_service()
    choice = Choice(place=place, service=service, start=start_of())
    outcomes = at_once(*[hold_and_confirm(choice) for _ in range(200)])
    assert kinds(outcomes) == {"Appointment": 7, "Taken": 193}
    assert set(Cell.objects.values_list("booked", flat=True)) == {7}
