"""Keyset pages and the page-or-fragment choice."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

M = TypeVar("M", bound=models.Model)
PAGE_SIZE = 25


@dataclass
class KeysetPage(Generic[M]):
    """One page of a long list; ``next`` and ``previous`` are opaque cursors or empty."""

    rows: list[M]
    next: str
    previous: str


def keyset_page(
    queryset: models.QuerySet[M], *, order: tuple[str, ...], cursor: str, size: int = PAGE_SIZE
) -> KeysetPage[M]:
    """The page of ``queryset`` at ``cursor``, without COUNT and without OFFSET.

    ``order`` are field names, all in one direction (``("-period", "-pk")``), the last unique and
    none of them nullable. A cursor that was tampered with gives the first page.
    """
    descending = order[0].startswith("-")
    fields = [name.lstrip("-") for name in order]
    try:
        backwards, values = signing.loads(cursor, salt="keyset") if cursor else (False, None)
    except signing.BadSignature:
        backwards, values = False, None
    direction = descending != backwards
    queryset = queryset.order_by(*(f"-{f}" if direction else f for f in fields))
    if values is not None:
        queryset = queryset.filter(_beyond(fields, values, "lt" if direction else "gt"))
    rows = list(queryset[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next = more if not backwards else values is not None
    has_previous = values is not None if not backwards else more
    return KeysetPage(
        rows=rows,
        next=_cursor(rows[-1], fields, backwards=False) if rows and has_next else "",
        previous=_cursor(rows[0], fields, backwards=True) if rows and has_previous else "",
    )


def last_page_cursor() -> str:
    """The cursor of the last page of any list: its end, read backwards."""
    return signing.dumps((True, None), salt="keyset")


def _beyond(fields: list[str], values: list[Any], operator: str) -> Q:
    condition = Q()
    for i, field in enumerate(fields):
        equal = Q(**dict(zip(fields[:i], values[:i], strict=True)))
        condition |= equal & Q(**{f"{field}__{operator}": values[i]})
    # The first column once more, as a plain bound that an index can seek.
    return condition & Q(**{f"{fields[0]}__{operator}e": values[0]})


def _cursor(row: models.Model, fields: list[str], *, backwards: bool) -> str:
    values = [getattr(row, name) for name in fields]
    plain = [v.isoformat() if hasattr(v, "isoformat") else v for v in values]
    return signing.dumps((backwards, plain), salt="keyset")


def page_or_fragment(
    request: HttpRequest, template: str, fragment: str, context: dict[str, Any]
) -> HttpResponse:
    """The whole page, or for an htmx request the fragment that the page includes."""
    htmx = getattr(request, "htmx", None)
    name = fragment if htmx and not htmx.boosted else template
    response = render(request, name, context)
    response["Vary"] = "HX-Request"
    return response
