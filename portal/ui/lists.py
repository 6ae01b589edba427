"""List pages: everything that ``ui/list.html`` shows.

A view hands its rows to ``list_page``. Its template extends ``ui/list.html``, draws one row (block
``row``) and says what it says where there is nothing (block ``empty``):

    COLUMNS = [
        Column("subject", _("Subject")),
        Column("opened", _("Opened"), ("opened_at", "pk")),
    ]

    @require_safe
    def tickets(request: HttpRequest) -> HttpResponse:
        form = TicketFilter(request.GET)
        found = form.apply(Ticket.objects.visible_to(request.user))
        page = list_page(
            request, found, title=_("Tickets"), columns=COLUMNS, order=("-opened_at", "-pk"), form=form
        )
        return render(request, "tickets/list.html", {"page": page})

A page costs the same in a large table as in a small one: pages go by key, and at most ``COUNTED``
rows are counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.money import format_brl
from portal.ui.pages import PAGE_SIZE, KeysetPage, keyset_page, place_of, query_string

COUNTED = 1000
Label = str | Promise


@dataclass(frozen=True)
class Column:
    """A column's heading, also read in each cell of a row that is shown as a card.

    With ``order`` the heading sorts: field names that an index gives in this order, the last one
    unique, none nullable. ``name`` then stands in the address. ``numeric``: figures, to the right.
    ``spoken``: the heading is there for screen readers only.
    """

    name: str
    label: Label
    order: tuple[str, ...] = ()
    numeric: bool = False
    spoken: bool = False


@dataclass(frozen=True)
class Export:
    """A file of the same selection. ``fixed``: what its address says beside the filter;
    ``args``: those of the address itself."""

    label: Label
    url_name: str
    icon: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    args: Sequence[Any] = ()


@dataclass(frozen=True)
class Figures:
    """How many rows a selection has (None: more than ``COUNTED``), and their sum in cents."""

    count: int | None
    cents: int | None = None


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A column as this page shows it. ``sorted``: as in ``aria-sort``, or empty."""

    name: str
    label: str
    numeric: bool
    spoken: bool
    url: str
    sorted: str


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """What ``ui/list.html`` shows."""

    title: Label
    rows: Sequence[Any]
    next: str
    previous: str
    headings: Sequence[Heading]
    figures: Figures
    form: forms.Form | None
    exports: Sequence[tuple[Label, str, str]]
    first: int = 0

    @property
    def last(self) -> int:
        """The place of the last row; see ``list_page``."""
        return self.first + len(self.rows) - 1

    @property
    def labels(self) -> dict[str, str]:
        """The headings by the names of their columns: for ``data-label`` of the cells."""
        return {heading.name: heading.label for heading in self.headings}

    @property
    def count_text(self) -> str:
        """``45 resultados`` or ``mais de 1.000 resultados``."""
        count = self.figures.count
        if count is None:
            return _("more than 1,000 results")
        text = ngettext("%(n)s result", "%(n)s results", count)
        return text % {"n": number_format(count, force_grouping=True)}

    @property
    def total_text(self) -> str:
        """The sum of the selection; empty where it has none or has too many rows."""
        if self.figures.count is None or self.figures.cents is None:
            return ""
        return format_brl(self.figures.cents)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Label and text of each filter that is not as it was at the start."""
        return chosen_in(self.form) if self.form else []


def chosen_in(form: forms.Form) -> list[tuple[str, str]]:
    """Label and text of each field of a filter that is not as it was at the start."""
    if not form.is_bound:
        return []
    return [(str(form[name].label), _shown(form[name])) for name in form.changed_data]


def list_page(
    request: HttpRequest,
    rows: QuerySet[Any, Any],
    *,
    title: Label,
    columns: Sequence[Column],
    order: tuple[str, ...],
    form: forms.Form | None = None,
    prepare: Callable[[Any], Any] | None = None,
    cents: str = "",
    figures: Figures | None = None,
    exports: Sequence[Export] = (),
    size: int = PAGE_SIZE,
    placed: bool = False,
    parts: Sequence[Q] = (),
) -> ListPage:
    """The page of ``rows`` that this request asks for.

    ``order`` is that of a page without ``?sort=``; see ``keyset_page`` for it and for ``parts``.
    ``prepare`` makes of each row of the page what the template shows. ``cents``: the field to add
    up. ``figures``: where they are known already. ``placed``: count which place the first row has
    (``first``, from 1 on).
    """
    sort = request.GET.get("sort", "")
    order = orders_of(columns).get(sort, order)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(rows, order=order, cursor=cursor, size=size, parts=parts)
    figures = figures or _figures(rows, page, order, cents)
    first = _place(page, rows, order) if placed and page.rows else 0
    if prepare:
        page.rows = [prepare(row) for row in page.rows]
    return page_shown(
        request, page, title=title, columns=columns, order=order, form=form, figures=figures,
        exports=exports, first=first,
    )  # fmt: skip


def _place(page: KeysetPage[Any], rows: QuerySet[Any, Any], order: tuple[str, ...]) -> int:
    return place_of(page.rows[0], rows, order=order, most=COUNTED) if page.previous else 1


def page_shown(
    request: HttpRequest,
    page: KeysetPage[Any],
    *,
    title: Label,
    columns: Sequence[Column],
    figures: Figures,
    order: tuple[str, ...] = (),
    form: forms.Form | None = None,
    exports: Sequence[Export] = (),
    first: int = 0,
) -> ListPage:
    """A page that was read already, as ``ui/list.html`` shows it; see ``list_page``."""
    if form:
        _mark_filled(form)
    return ListPage(
        title=title,
        rows=page.rows,
        next=page.next,
        previous=page.previous,
        headings=[_heading(request, column, order) for column in columns],
        figures=figures,
        form=form,
        exports=[_export(request, export) for export in exports],
        first=first,
    )


def _mark_filled(form: forms.Form) -> None:
    """Mark the fields that start with a value. ``lists.js`` sends these empty, too: left out, they
    would start anew where somebody chose "All"."""
    for name, shown in form.fields.items():
        if form.get_initial_for_field(shown, name) not in shown.empty_values:
            shown.widget.attrs["data-starts-filled"] = True


def _figures(
    rows: QuerySet[Any, Any], page: KeysetPage[Any], order: tuple[str, ...], cents: str
) -> Figures:
    if not page.next and not page.previous:
        amounts = [getattr(row, cents) or 0 for row in page.rows] if cents else []
        return Figures(len(page.rows), sum(amounts) if cents else None)
    # In the order of the page: the index that gives the page gives these rows.
    counted = rows.order_by(*order).values("pk", *([cents] if cents else []))[: COUNTED + 1]
    found = counted.aggregate(count=Count("pk"), **({"cents": Sum(cents)} if cents else {}))
    return Figures(found["count"] if found["count"] <= COUNTED else None, found.get("cents"))


def orders_of(columns: Sequence[Column]) -> dict[str, tuple[str, ...]]:
    """What may stand in ``?sort=``: a column's name, with ``-`` in front for the other way round."""
    ascending = {column.name: column.order for column in columns if column.order}
    return ascending | {f"-{name}": _reversed(order) for name, order in ascending.items()}


def _reversed(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def _heading(request: HttpRequest, column: Column, order: tuple[str, ...]) -> Heading:
    direction = {column.order: "ascending", _reversed(column.order): "descending"}
    is_sorted = direction.get(order, "") if column.order else ""
    sort = f"-{column.name}" if is_sorted == "ascending" else column.name
    return Heading(
        name=column.name,
        label=str(column.label),
        numeric=column.numeric,
        spoken=column.spoken,
        url=query_string(request.GET, sort=sort, cursor=None) if column.order else "",
        sorted=is_sorted,
    )


def _export(request: HttpRequest, export: Export) -> tuple[Label, str, str]:
    query = query_string(request.GET, cursor=None, sort=None, **export.fixed)
    return export.label, reverse(export.url_name, args=export.args) + query, export.icon


def _shown(bound: forms.BoundField) -> str:
    """What a person reads in a field: of a choice its label."""
    value = str(bound.value() or "")
    labels = {str(key): str(label) for key, label in getattr(bound.field.widget, "choices", ())}
    return labels.get(value, value)
