"""Reports as spreadsheets: a table of figures; and which orders a period has."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.sheets.columns import Column, Kind
from tickets.models import Department, Ticket
from tickets.models.tickets import TicketQuerySet
from tickets.services.numbers import ZONE
from tickets.services.queue_sheet import check_rows
from tickets.services.reports import Figures, Table

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
    check_rows(found)
    return found
