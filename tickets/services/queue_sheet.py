"""A list of orders as a spreadsheet, with the fields that their topics ask for."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit.services import record
from portal.sheets.columns import Column, Kind
from tickets.models import Ticket, Topic, TopicField
from tickets.models.departments import Priority
from tickets.models.tickets import TicketQuerySet

MAX_ROWS = 50_000
MAX_FIELDS = 100
COLUMNS = (
    Column("number", label=gettext_lazy("Number"), width=16),
    Column("created_at", label=gettext_lazy("Created on"), kind=Kind.INSTANT),
    Column("status", label=gettext_lazy("Status")),
    Column("priority", label=gettext_lazy("Priority"), width=12),
    Column("department__desk__name", label=gettext_lazy("Department")),
    Column("topic__name", label=gettext_lazy("Topic"), width=30),
    Column("subject", label=gettext_lazy("Subject"), width=40),
    Column("name", label=gettext_lazy("Name"), width=30),
    Column("email", label=gettext_lazy("E-mail"), width=30),
    Column("phone", label=gettext_lazy("Phone"), width=18),
    Column("company__name", label=gettext_lazy("Company"), width=30),
    Column("unit__code", label=gettext_lazy("Unit"), width=12),
    Column("assigned_to__name", label=gettext_lazy("Assigned to")),
    Column("source", label=gettext_lazy("Source"), width=12),
    Column("entry_count", label=gettext_lazy("Messages"), kind=Kind.INTEGER),
    Column("first_answer_at", label=gettext_lazy("First answer"), kind=Kind.INSTANT),
    Column("due_resolve", label=gettext_lazy("Resolve until"), kind=Kind.INSTANT),
    Column("resolved_at", label=gettext_lazy("Resolved at"), kind=Kind.INSTANT),
    Column("closed_at", label=gettext_lazy("Closed at"), kind=Kind.INSTANT),
    Column("last_activity", label=gettext_lazy("Last activity"), kind=Kind.INSTANT),
    Column("rating", label=gettext_lazy("Satisfaction"), kind=Kind.INTEGER),
)
_WORDS = {
    "status": dict(Ticket.Status.choices), "priority": dict(Priority.choices),
    "source": dict(Ticket.Source.choices),
}  # fmt: skip


def check_rows(tickets: QuerySet[Any]) -> None:
    """ValidationError when a list is too long for a file."""
    if tickets.order_by()[MAX_ROWS : MAX_ROWS + 1].exists():
        raise ValidationError(
            _("This list has more than %(number)s orders: narrow it by a filter.")
            % {"number": f"{MAX_ROWS:,}".replace(",", ".")}
        )


def columns_for(tickets: TicketQuerySet, topic: Topic | None) -> list[Column]:
    """The common columns, and one for each field of the topic; without one, of all their topics.

    Fields of the same name are one column.
    """
    fields = TopicField.objects.select_related("topic").order_by("topic", "order", "pk")
    if topic:
        fields = fields.filter(topic=topic)
    else:
        fields = fields.filter(topic__in=tickets.order_by().values("topic"))
    labels: dict[str, str] = {}
    for field in fields:
        labels.setdefault(field.name, field.label)
    found = list(labels.items())[:MAX_FIELDS]
    return [*COLUMNS, *(Column(f"field_{name}", label=label) for name, label in found)]


def rows_of(
    tickets: TicketQuerySet, columns: Sequence[Column], order: tuple[str, ...]
) -> Iterator[list[Any]]:
    """A value for each column, in the order of the list."""
    names = [column.name for column in COLUMNS]
    fields = [column.name.removeprefix("field_") for column in columns[len(COLUMNS) :]]
    for *row, values in tickets.order_by(*order).values_list(*names, "values").iterator(1000):
        shown = [
            _WORDS[name][value] if name in _WORDS else value
            for name, value in zip(names, row, strict=True)
        ]
        yield [*shown, *(values.get(name) or None for name in fields)]


def note_export(request: HttpRequest, *, rows: int, queue: str, extension: str) -> None:
    """Who took the list along, and how much of it; not what they searched for, which may name people."""
    record(
        "ticket.exported", request=request,
        data={"rows": rows, "queue": queue, "format": extension},
    )  # fmt: skip
