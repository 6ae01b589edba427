"""Keyset pages, and addresses that keep the filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core import signing
from django.db import connections, models
from django.db.models import Q
from django.http import QueryDict

M = TypeVar("M", bound=models.Model)
R = TypeVar("R")
PAGE_SIZE = 25
_SALT = "keyset"


@dataclass
class KeysetPage(Generic[R]):
    """One page of a long list; ``next`` and ``previous`` are opaque cursors or empty."""

    rows: list[R]
    next: str
    previous: str


def keyset_page(
    queryset: models.QuerySet[M],
    *,
    order: tuple[str, ...],
    cursor: str,
    size: int = PAGE_SIZE,
    parts: Sequence[Q] = (),
) -> KeysetPage[M]:
    """The page of ``queryset`` at ``cursor``, without COUNT and without OFFSET.

    ``order`` are field names, all in one direction (``("-period", "-pk")``), the last unique and
    none of them nullable. A cursor that was tampered with, is of another order, or has nothing
    beyond it any more, gives the first page.

    ``parts``: conditions of which each row meets exactly one. Where an index has the order of each
    but none that of all, the page is merged from the beginnings of the parts (bench line 11).
    """
    descending = order[0].startswith("-")
    fields = [name.lstrip("-") for name in order]
    backwards, values = _read(cursor, fields)
    direction = descending != backwards
    queryset = queryset.order_by(*(f"-{f}" if direction else f for f in fields))
    beyond = queryset
    if values is not None:
        beyond = queryset.filter(_beyond(fields, values, "lt" if direction else "gt"))
    rows = list(_merged(beyond, parts, size + 1)[: size + 1])
    if values is not None and not rows:
        return keyset_page(queryset, order=order, cursor="", size=size, parts=parts)
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


def _merged(rows: models.QuerySet[M], parts: Sequence[Q], count: int) -> models.QuerySet[M]:
    """``rows``; where the database can, only the first ``count`` of each part, in the same order."""
    if len(parts) < 2 or not connections[rows.db].features.supports_slicing_ordering_in_compound:
        return rows
    first, *others = (rows.filter(part)[:count] for part in parts)
    return first.union(*others, all=True).order_by(*rows.query.order_by)


def place_of(row: M, queryset: models.QuerySet[M], *, order: tuple[str, ...], most: int) -> int:
    """The place of a row in ``queryset``, from 1 on, in this order; at most ``most`` + 1."""
    fields = [name.lstrip("-") for name in order]
    values = [getattr(row, name) for name in fields]
    before = queryset.filter(_beyond(fields, values, "gt" if order[0].startswith("-") else "lt"))
    return before.order_by()[:most].count() + 1


def neighbour(
    queryset: models.QuerySet[M], row: M, *, order: tuple[str, ...], backwards: bool = False
) -> M | None:
    """The row after ``row`` in this order, or the one before it. ``row`` itself need not be among
    them. ``order``: as for ``keyset_page``."""
    fields = [name.lstrip("-") for name in order]
    direction = order[0].startswith("-") != backwards
    values = [getattr(row, name) for name in fields]
    beyond = queryset.filter(_beyond(fields, values, "lt" if direction else "gt"))
    return beyond.order_by(*(f"-{f}" if direction else f for f in fields)).first()


def last_page_cursor() -> str:
    """The cursor of the last page of any list: its end, read backwards."""
    return signing.dumps((True, None, None), salt=_SALT)


def query_string(asked: QueryDict, **changes: Any) -> str:
    """The query string of ``asked`` with some values changed; None or "" removes one."""
    values = dict(asked.lists())
    for name, value in changes.items():
        if value in (None, ""):
            values.pop(name, None)
        else:
            values[name] = [str(value)]
    return f"?{urlencode(values, doseq=True)}"


def _read(cursor: str, fields: list[str]) -> tuple[bool, list[Any] | None]:
    """Whether the page is read backwards, and the values beyond which it begins."""
    try:
        backwards, values, its_fields = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return False, None
    return (backwards, values) if values is None or its_fields == fields else (False, None)


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
    return signing.dumps((backwards, plain, fields), salt=_SALT)
