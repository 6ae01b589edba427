"""Which documents a list shows, and what it needs of each; no more than a page is ever read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from invoices.models import Document, DocumentEvent, DocumentType
from invoices.models.documents import DocumentQuerySet, may_see_all, units_for
from portal.accounts.models import Company, Unit, User
from portal.accounts.places import Chosen, Place

ORDER = ("-period", "-pk")
ROW_FIELDS = (
    "pk", "type__name", "number", "version", "status", "unit__code", "unit__name", "period",
    "amount_cents", "due_date", "signed_by", "signed_by_demo", "available_until", "legal_hold",
    "release", "content_type", "signature", "known",
)  # fmt: skip


class UnitChoice(NamedTuple):
    """A unit as the filter offers it."""

    pk: int
    code: str
    name: str
    company: str


@dataclass(frozen=True)
class Scope:
    """For whom and when a list is made.

    ``units`` are those that the person may choose from; None for staff who have not chosen a
    company: theirs are too many to name.
    """

    user: User
    at: datetime
    company: Company | None = None
    units: tuple[UnitChoice, ...] | None = None

    @property
    def unit_keys(self) -> list[int] | None:
        return None if self.units is None else [unit.pk for unit in self.units]

    def documents(self) -> DocumentQuerySet:
        return Document.objects.visible_to(self.user, at=self.at, units=self.unit_keys)


@dataclass(frozen=True)
class Selection:
    """What the filter asks for; ``last`` is the end of a range of months, inclusive."""

    kind: str
    first: date | None = None
    last: date | None = None
    unit: int | None = None
    type_code: str = ""
    release: str = ""


def scope_of(
    user: User, company: Company | None, at: datetime, *, unit: Unit | None = None
) -> Scope:
    """The units that ``user`` may choose from, in one query: of ``company`` if one is given, that
    ``unit`` alone if one is."""
    if may_see_all(user) and company is None:
        return Scope(user, at)
    units = units_for(user, at=at)
    if unit is not None:
        units = units.filter(pk=unit.pk)
    elif company is not None:
        units = units.filter(company=company)
    rows = units.order_by("code").values_list("pk", "code", "name", "company__name")
    return Scope(user, at, company, tuple(UnitChoice(*row) for row in rows))


def scope_among(user: User, places: Iterable[Place], chosen: Chosen, at: datetime) -> Scope:
    """The same for a client whose ``places`` have been read: those of the unit or company chosen."""
    if chosen.unit is not None:
        places = [place for place in places if place.pk == chosen.unit.pk]
    elif chosen.company is not None:
        places = [place for place in places if place.company_pk == chosen.company.pk]
    units = tuple(UnitChoice(p.pk, p.code, p.name, p.company) for p in places)
    return Scope(user, at, chosen.company, units)


def find_unit(scope: Scope, code: str) -> int | None:
    """The key of the unit with this code, if the person may see it."""
    code = code.strip()
    if scope.units is not None:
        return next((unit.pk for unit in scope.units if unit.code == code), None)
    visible = units_for(scope.user, at=scope.at)
    return visible.filter(code__iexact=code).values_list("pk", flat=True).first()


def types_of(kind: str) -> list[tuple[int, str, str]]:
    """``(key, code, name)`` of the types of one kind; a name changed is seen within a minute."""
    cache = caches["process"]
    types: list[tuple[int, str, str]] | None = cache.get(f"document-types:{kind}")
    if types is None:
        types = list(DocumentType.objects.filter(kind=kind).values_list("pk", "code", "name"))
        cache.set(f"document-types:{kind}", types, 60)
    return types


def select(scope: Scope, selection: Selection) -> DocumentQuerySet:
    """The documents of a selection, unordered."""
    documents = scope.documents()
    types = [pk for pk, code, _ in types_of(selection.kind) if selection.type_code in ("", code)]
    documents = documents.filter(type__in=types)
    if selection.first and selection.first == selection.last:
        documents = documents.filter(period=selection.first)
    elif selection.first:
        documents = documents.filter(period__range=(selection.first, selection.last))
    if selection.unit is not None:
        documents = documents.filter(unit=selection.unit)
    if selection.release:
        documents = documents.filter(release=selection.release)
    return documents


def rows(documents: DocumentQuerySet, user: User) -> QuerySet[Document, Any]:
    """Named tuples of ``ROW_FIELDS``; ``known``: this person has seen, opened or saved it."""
    seen = DocumentEvent.objects.filter(
        document=OuterRef("pk"), user=user, kind__in=DocumentEvent.CLIENT_KINDS
    )
    return documents.annotate(known=Exists(seen)).values_list(*ROW_FIELDS, named=True)


def months_of(
    scope: Scope, kind: str, *, unit: int | None = None, fresh: bool = True
) -> list[date]:
    """The months that have documents, newest first; unless ``fresh``, as of the last minute."""
    # By the units themselves: one person may see others in another session of theirs.
    reach = "all" if scope.units is None else hash(tuple(choice.pk for choice in scope.units))
    key = f"document-months:{scope.user.pk}:{reach}:{kind}:{unit or 0}"
    cache = caches["process"]
    months: list[date] | None = None if fresh else cache.get(key)
    if months is None:
        months = _months(select(scope, Selection(kind=kind, unit=unit)))
        cache.set(key, months, 60)
    return months


_EACH_MONTH = """
WITH RECURSIVE months(period) AS (
    SELECT period FROM (SELECT d.period FROM (DOCUMENTS) d ORDER BY d.period DESC LIMIT 1) newest
    UNION ALL
    SELECT (
        SELECT d.period FROM (DOCUMENTS) d
        WHERE d.period < months.period ORDER BY d.period DESC LIMIT 1
    ) FROM months WHERE months.period IS NOT NULL
)
SELECT period FROM months WHERE period IS NOT NULL LIMIT 24
"""


def _months(documents: DocumentQuerySet) -> list[date]:
    """Steps from month to month along the index, one look-up each, in one statement: how many
    documents a month has doesn't matter."""
    try:
        inner, params = documents.order_by().values("period").query.sql_with_params()
    except EmptyResultSet:  # no unit, or no type of this kind
        return []
    sql = _EACH_MONTH.replace("DOCUMENTS", inner)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *params])
        found = [row[0] for row in cursor.fetchall()]
    return [date.fromisoformat(month) if isinstance(month, str) else month for month in found]
