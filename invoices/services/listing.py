"""Which documents a list shows, and what it needs of each; no more than a page is ever read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum, TextChoices
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from invoices.models import Document, DocumentEvent, DocumentType, Tombstone
from invoices.models.documents import DocumentQuerySet, may_see_all, units_for
from invoices.services.release import releasable_units
from portal.accounts.models import Company, Unit, User
from portal.accounts.places import Chosen, Place
from portal.periods import add_months
from portal.provider.services import current_provider
from portal.ui.lists import Figures

ORDER = ("-period", "-pk")
ROW_FIELDS = (
    "pk", "type__name", "number", "version", "status", "unit__code", "unit__name", "period",
    "amount_cents", "due_date", "available_until", "legal_hold", "release", "content_type", "amount",
    "known",
)  # fmt: skip
MONTHS = 24  # offered, at most
NEW_DAYS = 60
ENDING_DAYS = 30


class Show(TextChoices):
    """What the cards of the dashboard count; the list shows the same."""

    NEW = "new", _("New for me")
    WAITING = "waiting", _("Waiting for my release")
    ENDING = "ending", _("Disappearing within 30 days")
    CONTESTED = "contested", _("Contested by clients")


class UnitChoice(NamedTuple):
    """A unit as the filter offers it."""

    pk: int
    code: str
    name: str
    company: str


class TypeChoice(NamedTuple):
    """A type of document as the filter offers it."""

    pk: int
    code: str
    name: str


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
    """What the filter asks for.

    ``types``: keys of the types. ``last`` is the end of a range of months, inclusive. ``show`` is
    one of ``Show``: what a card of the dashboard counts.
    """

    types: Sequence[int]
    first: date | None = None
    last: date | None = None
    unit: int | None = None
    release: str = ""
    show: str = ""


class Line(NamedTuple):
    """How many documents of one month, type and release state there are, and their sum."""

    period: date
    type: int
    release: str
    documents: int
    cents: int


@dataclass(frozen=True)
class Overview:
    """What there is to choose from: months, newest first, and types of one kind.

    ``lines`` add up every selection of it. None where the documents are too many to be read for
    that: every client's, of which staff have chosen none.
    """

    months: Sequence[date]
    types: Sequence[TypeChoice]
    lines: Sequence[Line] | None = None

    def figures(self, selection: Selection) -> Figures | None:
        """How many documents of this unit the selection has, and their sum."""
        if self.lines is None or selection.show:
            return None
        lines = [line for line in self.lines if _is_selected(line, selection)]
        return Figures(sum(line.documents for line in lines), sum(line.cents for line in lines))


def _is_selected(line: Line, selection: Selection) -> bool:
    first, last = selection.first or date.min, selection.last or date.max
    return (
        first <= line.period <= last
        and line.type in selection.types
        and selection.release in ("", line.release)
    )


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
    if not code.isprintable():  # PostgreSQL refuses a NUL
        return None
    visible = units_for(scope.user, at=scope.at)
    return visible.filter(code__iexact=code).values_list("pk", flat=True).first()


def overview(scope: Scope, kind: str, *, unit: int | None = None) -> Overview:
    """What there is of one kind: of ``unit`` if one is given, else of every unit of the scope."""
    if scope.units is None and unit is None:
        return _overview_of_all(scope, kind)
    documents = scope.documents().filter(type__kind=kind)
    if unit is not None:
        documents = documents.filter(unit=unit)
    rows = documents.order_by().values_list(
        "period", "type", "type__code", "type__name", "release", Count("pk"), Sum("amount_cents")
    )
    lines, types = [], set()
    for period, pk, code, name, release, count, cents in rows:
        lines.append(Line(period, pk, release, count, cents or 0))
        types.add(TypeChoice(pk, code, name))
    months = sorted({line.period for line in lines}, reverse=True)
    return Overview(months[:MONTHS], sorted(types, key=lambda choice: choice.name), lines)


def _overview_of_all(scope: Scope, kind: str) -> Overview:
    """Of every client: the newest month, and as many before it as documents are kept."""
    types = DocumentType.objects.filter(kind=kind)
    documents = scope.documents().filter(type__in=[choice.pk for choice in types])
    newest = documents.order_by(*ORDER).values_list("period", flat=True).first()
    usual = current_provider().retention_months
    kept = max((choice.retention_months or usual for choice in types), default=0)
    back = range(min(kept + 1, MONTHS)) if newest else ()
    return Overview(
        [add_months(newest, -step) for step in back if newest],
        [TypeChoice(choice.pk, choice.code, choice.name) for choice in types],
    )


def type_with(kind: str, code: str) -> TypeChoice | None:
    """A type that the address names, though nothing of it is here."""
    if not code.isprintable():  # PostgreSQL refuses a NUL
        return None
    found = DocumentType.objects.filter(kind=kind, code=code).first()
    return TypeChoice(found.pk, found.code, found.name) if found else None


def select(scope: Scope, selection: Selection) -> DocumentQuerySet:
    """The documents of a selection, unordered."""
    documents = scope.documents().filter(type__in=selection.types)
    if selection.first and selection.first == selection.last:
        documents = documents.filter(period=selection.first)
    elif selection.first:
        documents = documents.filter(period__range=(selection.first, selection.last))
    if selection.unit is not None:
        documents = documents.filter(unit=selection.unit)
    if selection.release:
        documents = documents.filter(release=selection.release)
    return narrowed(documents, selection.show, user=scope.user, at=scope.at)


def narrowed(
    documents: DocumentQuerySet, show: str, *, user: User, at: datetime
) -> DocumentQuerySet:
    """Those that a card of the dashboard counts, so that card and list always agree."""
    if show == Show.NEW:
        known = DocumentEvent.objects.filter(
            document=OuterRef("pk"), user=user, kind__in=DocumentEvent.CLIENT_KINDS
        )
        recent = documents.filter(published_at__gt=at - timedelta(days=NEW_DAYS))
        return recent.filter(~Exists(known))
    if show == Show.WAITING:
        mine = releasable_units(user, at)
        return documents.filter(
            status=Document.Status.PUBLISHED, release=Document.Release.PENDING, unit__in=mine
        )
    if show == Show.ENDING:
        return documents.filter(expires_at__lte=at + timedelta(days=ENDING_DAYS), legal_hold=False)
    if show == Show.CONTESTED:
        return documents.filter(
            status=Document.Status.PUBLISHED, release=Document.Release.CONTESTED
        )
    return documents


def were_removed(scope: Scope, selection: Selection, kind: str) -> bool:
    """Whether documents of these units and months existed and are gone."""
    if selection.first is None or selection.last is None or scope.units is None:
        return False
    units = [selection.unit] if selection.unit is not None else scope.unit_keys or []
    gone = Tombstone.objects.filter(unit__in=units, kind=kind)
    return gone.filter(period__range=(selection.first, selection.last)).exists()


def rows(documents: DocumentQuerySet, user: User) -> QuerySet[Document, Any]:
    """Named tuples of ``ROW_FIELDS``; ``known``: this person has seen, opened or saved it."""
    seen = DocumentEvent.objects.filter(
        document=OuterRef("pk"), user=user, kind__in=DocumentEvent.CLIENT_KINDS
    )
    found = documents.annotate(known=Exists(seen), amount=Coalesce("amount_cents", 0))
    return found.values_list(*ROW_FIELDS, named=True)
