"""How many desks of a place are taken, in cells of five minutes: taken and given back.

Nothing here looks first and writes then: each cell is taken by one conditional UPDATE, and a CHECK
stands behind it. Cells are locked in the order of their keys, so that two who move appointments
past each other do not wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from orders.models import Cell, Place
from orders.models.appointments import CELL, Booked


class Taken(Exception):
    """Somebody else has this time meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            _("This time has been taken meanwhile. Nothing was booked; choose another one.")
        )


@dataclass(frozen=True)
class Span:
    """Desk-time of a place, from one instant to another."""

    place: Place
    since: datetime
    until: datetime

    @classmethod
    def of(cls, booked: Booked) -> "Span":
        return cls(booked.place, booked.busy_from, booked.busy_until)

    def cells(self) -> list[datetime]:
        """When each of its cells begins. Cells begin at whole five minutes of UTC."""
        since = self.since.astimezone(UTC)
        first = since - (since - datetime.min.replace(tzinfo=UTC)) % CELL
        return [first + n * CELL for n in range(-((first - self.until) // CELL))]

    def places_and_times(self) -> list[tuple[int, datetime]]:
        """Its cells by place and begin."""
        return [(self.place.pk, start) for start in self.cells()]


@transaction.atomic
def swap(old: Sequence[Span], new: Span | None, *, over: bool = False) -> bool:
    """Give the desks of ``old`` back and take one for ``new``, or neither; whether that is one
    more than there are.

    Raises Taken where all are taken, unless ``over``: then it is written down as knowingly.
    """
    if new:
        _make(new)
    rows = _locked([*old, new] if new else old)
    for span in old:
        _give([rows[key] for key in span.places_and_times() if key in rows])
    return _take([rows[key] for key in new.places_and_times()], over) if new else False


def set_desks(place: Place, *, at: datetime) -> None:
    """Follow the number of a place's desks in what lies ahead.

    Where more is booked than there are desks now, that is kept, and nothing more is sold there.
    """
    Cell.objects.filter(place=place, starts_at__gte=at - CELL).update(
        capacity=place.desks, over=Greatest(F("booked") - place.desks, Value(0))
    )


def full_cells(place: Place, since: datetime, until: datetime) -> set[datetime]:
    """When cells begin in which no desk is free."""
    found = Cell.objects.filter(
        place=place, starts_at__gte=since - CELL, starts_at__lt=until, booked__gte=F("capacity")
    )
    return set(found.values_list("starts_at", flat=True))


def forget_past(*, before: datetime) -> None:
    """Remove the cells of what is over: nobody counts them any more."""
    Cell.objects.filter(starts_at__lt=before).delete()


def _make(span: Span) -> None:
    """Make the cells that nobody has asked for yet."""
    Cell.objects.bulk_create(
        (Cell(place=span.place, starts_at=start, capacity=span.place.desks)
         for start in span.cells()),
        ignore_conflicts=True,
    )  # fmt: skip


def _locked(spans: Sequence[Span]) -> dict[tuple[int, datetime], int]:
    """The keys of all their cells, locked in the order of keys."""
    keys: set[int] = set()
    for span in spans:
        found = Cell.objects.filter(place=span.place, starts_at__in=span.cells())
        keys.update(found.values_list("pk", flat=True))
    rows = Cell.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    return {(row.place_id, row.starts_at): row.pk for row in rows}


def _take(keys: list[int], over: bool) -> bool:
    cells = Cell.objects.filter(pk__in=keys)
    free = cells.filter(booked__lt=F("capacity"))
    if not over:
        if free.update(booked=F("booked") + 1) != len(keys):
            raise Taken
        return False
    is_over = free.count() != len(keys)  # they are locked: nobody changes them meanwhile
    cells.update(
        booked=F("booked") + 1, over=Greatest(F("booked") + 1 - F("capacity"), Value(0))
    )  # fmt: skip
    return is_over


def _give(keys: list[int]) -> None:
    Cell.objects.filter(pk__in=keys, booked__gt=0).update(
        booked=F("booked") - 1, over=Greatest(F("booked") - 1 - F("capacity"), Value(0))
    )
