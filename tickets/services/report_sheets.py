"""Reports as spreadsheets: a table of figures, and the orders themselves with their topics' fields."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.sheets.columns import Column, Kind
from tickets.models import Department, Ticket, TopicField
from tickets.models.departments import Priority
from tickets.models.tickets import TicketQuerySet
from tickets.services.numbers import ZONE
from tickets.services.reports import Figures, Table

MAX_ROWS = 50_000
MOST_FIELDS = 100  # columns of topics' fields
_MINUTES = gettext_lazy("%(figure)s (minutes of working time)")


def _minutes(name: str, figure: Any) -> Column:
    return Column(name, label=_MINUTES % {"figure": figure}, kind=Kind.INTEGER)


def figure_columns(table: Table) -> list[Column]:
    """Of a table of the report, and its last line, the total."""
    return [
        Column("line", label=table.head, width=32),
        Column("opened", label=_("Orders opened"), kind=Kind.INTEGER),
        Column("closed", label=_("Orders finished"), kind=Kind.INTEGER),
        Column("backlog", label=_("Open on the last day"), kind=Kind.INTEGER),
        _minutes("first_median", _("First answer, median")),
        _minutes("first_most", _("First answer, 90 of 100 within")),
        Column("first_kept", label=_("First answer in time (%)"), kind=Kind.INTEGER),
        _minutes("resolve_median", _("Resolution, median")),
        _minutes("resolve_most", _("Resolution, 90 of 100 within")),
        Column("resolve_kept", label=_("Resolved in time (%)"), kind=Kind.INTEGER),
        Column("rated", label=_("Ratings"), kind=Kind.INTEGER),
        Column("satisfaction", label=_("Satisfaction (1 to 5)")),
    ]


def figure_rows(table: Table, total: Figures) -> Iterator[Sequence[Any]]:
    for label, figures in [*table.lines, (_("Total"), total)]:
        yield [
            label, figures.opened, figures.closed, figures.backlog,
            _in_minutes(figures.first_median), _in_minutes(figures.first_most), figures.first_kept,
            _in_minutes(figures.resolve_median), _in_minutes(figures.resolve_most),
            figures.resolve_kept, figures.rated, satisfaction_text(figures) or None,
        ]  # fmt: skip


def satisfaction_text(figures: Figures) -> str:
    """``4,6``; empty where nobody gave any."""
    given = figures.satisfaction
    return "" if given is None else number_format(given, decimal_pos=1)


def _in_minutes(seconds: int | None) -> int | None:
    return None if seconds is None else -(-seconds // 60)


def orders_of(
    tickets: TicketQuerySet, departments: QuerySet[Department], first: date, last: date
) -> TicketQuerySet:
    """The orders opened in the period. ValidationError when they are too many for a file."""
    begin = datetime.combine(first, time.min, ZONE)
    end = datetime.combine(last + timedelta(days=1), time.min, ZONE)
    found = tickets.filter(department__in=departments, created_at__gte=begin, created_at__lt=end)
    found = found.exclude(status__in=[Ticket.Status.SPAM, Ticket.Status.UNCONFIRMED])
    if found.order_by()[MAX_ROWS : MAX_ROWS + 1].exists():
        raise ValidationError(
            _("The period has more than %(number)s orders: choose a shorter one or a department.")
            % {"number": f"{MAX_ROWS:,}".replace(",", ".")}
        )
    return found


ORDER_COLUMNS = (
    Column("number", label=gettext_lazy("Number"), width=16),
    Column("status", label=gettext_lazy("Status"), width=22),
    Column("department__desk__name", label=gettext_lazy("Department")),
    Column("topic__name", label=gettext_lazy("Topic"), width=30),
    Column("priority", label=gettext_lazy("Priority"), width=12),
    Column("source", label=gettext_lazy("Source"), width=12),
    Column("subject", label=gettext_lazy("Subject"), width=40),
    Column("name", label=gettext_lazy("Name"), width=30),
    Column("email", label=gettext_lazy("E-mail"), width=30),
    Column("phone", label=gettext_lazy("Phone"), width=18),
    Column("company__name", label=gettext_lazy("Company"), width=30),
    Column("assigned_to__name", label=gettext_lazy("Agent")),
    Column("created_at", label=gettext_lazy("Opened on"), kind=Kind.INSTANT),
    Column("first_answer_at", label=gettext_lazy("First answer on"), kind=Kind.INSTANT),
    Column("resolved_at", label=gettext_lazy("Resolved on"), kind=Kind.INSTANT),
    Column("closed_at", label=gettext_lazy("Closed on"), kind=Kind.INSTANT),
    _minutes("first_seconds", gettext_lazy("First answer")),
    _minutes("sla_used", gettext_lazy("Our time")),
    Column("rating", label=gettext_lazy("Satisfaction (1 to 5)"), kind=Kind.INTEGER),
    Column("rating_comment", label=gettext_lazy("Comment"), width=40),
)


def topic_fields(departments: QuerySet[Department]) -> list[TopicField]:
    """The fields that topics of these departments ask for; one of a name and label, and so many at
    most that a file can hold them."""
    fields = TopicField.objects.filter(topic__department__in=departments)
    found = {(f.name, f.label): f for f in fields.order_by("topic__order", "topic", "order", "pk")}
    return list(found.values())[:MOST_FIELDS]


def order_columns(fields: Sequence[TopicField]) -> list[Column]:
    return [
        *ORDER_COLUMNS,
        *(Column(f"{field.name}:{field.pk}", label=field.label) for field in fields),
    ]


def order_rows(tickets: TicketQuerySet, fields: Sequence[TopicField]) -> Iterator[Sequence[Any]]:
    """The values of ``order_columns``, the newest first, read while they are sent."""
    words: dict[str, dict[str, Any]] = {
        "status": dict(Ticket.Status.choices), "priority": dict(Priority.choices),
        "source": dict(Ticket.Source.choices),
    }  # fmt: skip
    names = [column.name for column in ORDER_COLUMNS]
    rows = tickets.order_by("-created_at", "-pk").values_list("topic_id", "values", *names)
    topics = _topics_of(fields)
    for topic, values, *row in rows.iterator(1000):
        shown = dict(zip(names, row, strict=True))
        for name, labels in words.items():
            shown[name] = str(labels[shown[name]])
        for name in ("first_seconds", "sla_used"):
            shown[name] = _in_minutes(shown[name])
        yield [*shown.values(), *(_field_text(f, values, topic, topics) for f in fields)]


def _topics_of(fields: Sequence[TopicField]) -> dict[tuple[str, str], set[int]]:
    """By name and label of a field the topics that have it."""
    found: dict[tuple[str, str], set[int]] = {(f.name, f.label): set() for f in fields}
    names = {field.name for field in fields}
    for name, label, topic in TopicField.objects.filter(name__in=names).values_list(
        "name", "label", "topic_id"
    ):
        found.setdefault((name, label), set()).add(topic)
    return found


def _field_text(
    field: TopicField, values: dict[str, Any], topic: int | None, topics: dict[Any, set[int]]
) -> str | None:
    value = values.get(field.name)
    if value in (None, "") or topic not in topics[field.name, field.label]:
        return None
    if field.kind == TopicField.Kind.DATE and (day := parse_date(str(value))):
        return f"{day:%d/%m/%Y}"
    return str(value)
