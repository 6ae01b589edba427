"""The figures of each day (``DayFigures``): counted from the orders that are there, kept when they go.

A day is counted anew while its orders may still change. Each figure is one statement over an index,
and nothing is locked while it is read. The civil day is that of ``numbers.ZONE``.

Times of a day are kept as a histogram, how many orders took so long, so that the median of a month
is the median of all its orders and not one of medians. A step of it is at most a tenth of the time.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    DateField,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate

from tickets.models import DayFigures, SlaTarget, Ticket
from tickets.models.states import UNFINISHED
from tickets.services.numbers import ZONE

RECOUNTED = timedelta(days=7)  # orders are rated, opened again, found to be spam
# An order is kept for a month at least after it was closed: older days have lost some of theirs.
WHOLE = timedelta(days=28)
AT_ONCE = 31  # days of one round: an interruption loses no more
GROUPS = ("department", "topic", "assigned_to", "priority")
# Up to so many seconds, in steps of so many; the last one for all that took longer.
STEPS = ((3_600, 60), (36_000, 300), (360_000, 3_600), (0, 36_000))

_finished_at = Coalesce("resolved_at", "closed_at")
_counts = ~Q(status__in=[Ticket.Status.UNCONFIRMED, Ticket.Status.SPAM])
_target = SlaTarget.objects.filter(
    department=OuterRef("department"), priority=OuterRef("priority")
).values("resolve_minutes")[:1]


@dataclass
class _Day:
    """The figures of one day and one group."""

    opened: int = 0
    closed: int = 0
    backlog: int = 0
    first_in_time: int = 0
    first_late: int = 0
    resolved_in_time: int = 0
    resolved_late: int = 0
    first_times: dict[int, int] = field(default_factory=dict)
    resolve_times: dict[int, int] = field(default_factory=dict)
    ratings: dict[int, int] = field(default_factory=dict)


Key = tuple[date, int, int | None, int | None, str]  # the day, and its group: ``GROUPS``
Days = dict[Key, _Day]


def count(*, today: date) -> None:
    """Count the days up to ``today`` that are not counted, or may have changed since.

    Again, it gives the same. After an outage it takes up where it ended.
    """
    first = first_to_count(today)
    while first is not None and first <= today:
        last = min(first + timedelta(days=AT_ONCE - 1), today)
        count_days(first, last)
        first = last + timedelta(days=1)


def first_to_count(today: date) -> date | None:
    """The first day to count; None where there is nothing yet."""
    newest = DayFigures.objects.order_by("-day").values_list("day", flat=True).first()
    if newest is None:
        first = Ticket.objects.order_by("created_at").values_list("created_at", flat=True).first()
        return first.astimezone(ZONE).date() if first else None
    if newest < today - WHOLE:
        return newest + timedelta(days=1)
    return min(newest, today - RECOUNTED)


def count_days(first: date, last: date) -> None:
    """Write the figures of these days in place of what was counted before."""
    days: Days = defaultdict(_Day)
    _count_opened(days, first, last)
    _count_finished(days, first, last)
    _count_first_answers(days, first, last)
    _count_ratings(days, first, last)
    _count_backlog(days, first, last)
    rows = [
        DayFigures(
            key=":".join(str(part or 0) for part in key), day=key[0], department_id=key[1],
            topic_id=key[2], agent_id=key[3], priority=key[4], **asdict(figures),
        )
        for key, figures in days.items()
    ]  # fmt: skip
    with transaction.atomic():
        DayFigures.objects.filter(day__range=(first, last)).delete()
        # Somebody may count the same days at the same time.
        DayFigures.objects.bulk_create(
            rows, batch_size=500, update_conflicts=True, unique_fields=["key"],
            update_fields=list(asdict(_Day())),
        )  # fmt: skip


def _count_opened(days: Days, first: date, last: date) -> None:
    found = Ticket.objects.filter(_counts, created_at__range=_between(first, last))
    for key, number in _grouped(found, F("created_at")):
        days[key].opened += number


def _count_finished(days: Days, first: date, last: date) -> None:
    """Resolved or closed; what was merged into another order took no time."""
    span = _between(first, last)
    found = Ticket.objects.filter(
        _counts & (Q(resolved_at__range=span) | Q(resolved_at=None, closed_at__range=span))
    ).annotate(minutes=Subquery(_target, output_field=IntegerField()), seconds=F("sla_used"))
    late = _one_where(Q(seconds__gt=F("minutes") * 60), nothing=Q(minutes__isnull=True))
    step = Case(When(resolved_at=None, then=Value(None)), default=_step())
    for key, seconds, is_late, number in _grouped(found, _finished_at, step=step, late=late):
        day = days[key]
        day.closed += number
        if seconds is not None:
            _add(day.resolve_times, seconds, number)
            day.resolved_late += number if is_late else 0
            day.resolved_in_time += number if is_late == 0 else 0


def _count_first_answers(days: Days, first: date, last: date) -> None:
    # Answered while the clock stood: what it had run.
    found = Ticket.objects.filter(_counts, first_answer_at__range=_between(first, last)).annotate(
        seconds=Coalesce("first_seconds", "sla_used")
    )
    late = _one_where(Q(first_answer_at__gt=F("due_first")), nothing=Q(due_first=None))
    for key, seconds, is_late, number in _grouped(
        found, F("first_answer_at"), step=_step(), late=late
    ):
        day = days[key]
        _add(day.first_times, seconds, number)
        day.first_late += number if is_late else 0
        day.first_in_time += number if is_late == 0 else 0


def _add(times: dict[int, int], seconds: int, number: int) -> None:
    times[seconds] = times.get(seconds, 0) + number


def _one_where(condition: Q, *, nothing: Q) -> Case:
    """1 where it is true, 0 where it is not; NULL where there was no promise."""
    return Case(
        When(nothing, then=Value(None)), When(condition, then=Value(1)), default=Value(0),
        output_field=IntegerField(),
    )  # fmt: skip


def _count_ratings(days: Days, first: date, last: date) -> None:
    found = Ticket.objects.filter(rated_at__range=_between(first, last))
    for key, rating, number in _grouped(found, F("rated_at"), given=F("rating")):
        days[key].ratings[rating] = number


def _count_backlog(days: Days, first: date, last: date) -> None:
    """What was unfinished when each day ended: one statement for all days."""
    begin, end = _between(first, last)
    open_at_first = Q(status__in=UNFINISHED) | _finished_from(begin)
    found = Ticket.objects.filter(_counts & open_at_first, created_at__lt=end).order_by()
    spans = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    counts = {
        f"n{number}": Count(
            "pk",
            filter=Q(created_at__lt=_end(day))
            & (Q(status__in=UNFINISHED) | _finished_from(_end(day))),
        )
        for number, day in enumerate(spans)
    }
    for row in found.values(*GROUPS).annotate(**counts):
        for number, day in enumerate(spans):
            if row[f"n{number}"]:
                key = (day, row["department"], row["topic"], row["assigned_to"], row["priority"])
                days[key].backlog = row[f"n{number}"]


def _finished_from(at: datetime) -> Q:
    return Q(resolved_at__gte=at) | Q(resolved_at=None, closed_at__gte=at)


def _grouped(found: Any, at: Any, **more: Any) -> Iterator[tuple[Any, ...]]:
    """Key, the values of ``more``, and how many: by the civil day of ``at``."""
    day = TruncDate(at, tzinfo=ZONE, output_field=DateField())
    rows = found.order_by().annotate(day=day, **more).values_list("day", *GROUPS, *more)
    for row in rows.annotate(number=Count("pk")):
        yield row[: 1 + len(GROUPS)], *row[1 + len(GROUPS) :]


def _step() -> Case:
    """``seconds`` rounded up to their step, in the database."""
    *steps, (_rest, longest) = STEPS
    whens = [When(seconds__lte=limit, then=_rounded_up(step)) for limit, step in steps]
    return Case(*whens, default=_rounded_up(longest), output_field=IntegerField())


def _rounded_up(step: int) -> Any:
    return (F("seconds") + (step - 1)) / step * step  # of whole numbers, in both databases


def _between(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment of ``first`` to the last of ``last``."""
    return datetime.combine(first, time.min, ZONE), _end(last) - timedelta(microseconds=1)


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, ZONE)
