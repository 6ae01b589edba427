"""Holds: a time is kept for ten minutes while a person confirms it. One a person, one an order."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from orders.models import Appointment, Hold, Order
from orders.services import agenda, slots
from orders.services.agenda import Choice
from orders.services.slots import Span
from portal.accounts.models import User

HELD_FOR = timedelta(minutes=10)


class HoldLapsed(Exception):
    """The time was kept for ten minutes, which are over."""

    def __init__(self) -> None:
        super().__init__(
            _("The time was kept for ten minutes, and they are over. Nothing was booked: choose a time again.")
        )  # fmt: skip


class AlreadyElsewhere(Exception):
    """The holder has another appointment at the same time."""

    def __init__(self) -> None:
        super().__init__(_("The holder has another appointment at this time. Choose another one."))


@transaction.atomic
def hold(order: Order, choice: Choice, *, by: User, at: datetime) -> Hold:
    """Keep this time for the order. What the person or the order held before is let go.

    Raises NotOffered, Taken and AlreadyElsewhere; then what was held before is still held.
    """
    agenda.check(choice, at=at)
    check_elsewhere(order, choice)
    ended = Q(person=by) | Q(order=order) | Q(place=choice.place, until__lte=at)
    slots.swap(_ended(ended), choice.span)
    try:
        with transaction.atomic():
            return Hold.objects.create(
                order=order, person=by, until=at + HELD_FOR, **choice.values()
            )  # fmt: skip
    except IntegrityError:  # the same person, or the order's other one, at the same moment
        raise slots.Taken from None


def held(order: Order, person: User, *, at: datetime) -> Hold:
    """What is kept for this person and order now. Raises HoldLapsed."""
    found = Hold.objects.select_related("place", "service", "order").filter(
        order=order, person=person
    )
    if (row := found.first()) and row.until > at:
        return row
    raise HoldLapsed


@transaction.atomic
def use(row: Hold, *, at: datetime) -> None:
    """The hold ends, and its desk-time passes to who calls. Raises HoldLapsed, also to the second
    of two who use it at once."""
    deleted, _models = Hold.objects.filter(pk=row.pk, until__gt=at).delete()
    if not deleted:
        raise HoldLapsed


@transaction.atomic
def release(order: Order, person: User) -> None:
    """The person leaves: the time is free again at once."""
    slots.swap(_ended(Q(order=order, person=person)), None)


@transaction.atomic
def release_lapsed(*, at: datetime) -> None:
    """Free what was kept and not confirmed in time."""
    slots.swap(_ended(Q(until__lte=at)), None)


@transaction.atomic
def release_of(order: Order) -> None:
    """Free what is kept for an order, by whomever."""
    slots.swap(_ended(Q(order=order)), None)


def choice_of(row: Hold) -> Choice:
    """The time that is held."""
    return Choice(place=row.place, service=row.service, start=row.starts_at)


def check_elsewhere(order: Order, choice: Choice) -> None:
    """AlreadyElsewhere where the holder is seen for another order at this time."""
    others = Appointment.objects.live().filter(order__holder_cpf=order.holder_cpf)
    if (
        others.exclude(order=order)
        .filter(starts_at__lt=choice.end, ends_at__gt=choice.start)
        .exists()
    ):
        raise AlreadyElsewhere


def _ended(which: Q) -> list[Span]:
    """End these holds; the desk-time to give back. Of two who end one, one gets it."""
    rows = Hold.objects.filter(which).select_related("place").order_by("pk")
    return [Span.of(row) for row in rows if Hold.objects.filter(pk=row.pk).delete()[0]]
