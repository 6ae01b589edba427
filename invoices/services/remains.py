"""What is still told of documents after their end, and the receipts that outlive them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from invoices.models import Document, Tombstone
from invoices.models.documents import units_for
from invoices.services.listing import Scope
from portal.accounts.models import User
from portal.sheets.columns import Column, Kind

ORDER = ("-pk",)
COLUMNS = (
    Column("unit__company__name", label=_("Company")),
    Column("unit__code", label=_("Unit")),
    Column("type_name", label=_("Type")),
    Column("period", label=_("Period"), kind=Kind.MONTH),
    Column("number", label=_("Number")),
    Column("version", label=_("Version"), kind=Kind.INTEGER),
    Column("amount_cents", label=_("Amount"), kind=Kind.MONEY),
    Column("due_date", label=_("Due date"), kind=Kind.DAY),
    Column("release", label=_("Release")),
    Column("release_at", label=_("Released or contested at"), kind=Kind.INSTANT),
    Column("release_by__name", label=_("Released or contested by")),
    Column("release_reason", label=_("Reason")),
    Column("contested_at", label=_("Contested at"), kind=Kind.INSTANT),
    Column("contested_by__name", label=_("Contested by")),
    Column("contest_reason", label=_("Reason of the contestation")),
    Column("sha256", label="SHA-256"),
    Column("size", label=_("Size in bytes"), kind=Kind.INTEGER),
    Column("verification_code", label=_("Verification code")),
    Column("published_at", label=_("Published at"), kind=Kind.INSTANT),
    Column("available_until", label=_("Available until"), kind=Kind.DAY),
    Column("first_seen_at", label=_("First seen at"), kind=Kind.INSTANT),
    Column("removed_at", label=_("Removed at"), kind=Kind.INSTANT),
)
_RELEASE = [column.name for column in COLUMNS].index("release")


def what_is_left(user: User, pk: int, at: datetime) -> Document | Tombstone | None:
    """A document of the user's units whatever became of it, else its tombstone.

    For pages that tell about it, never to serve its bytes.
    """
    units = units_for(user, at=at)
    documents = Document.objects.filter(unit__in=units)
    document = documents.select_related("unit__company", "type").filter(pk=pk).first()
    return document or _stones().filter(unit__in=units, document_pk=pk).first()


def removed_documents(
    scope: Scope, *, unit: int | None, first: date | None, last: date | None
) -> QuerySet[Tombstone]:
    """Tombstones of the scope's units, of one if one is given, of a range of months, inclusive."""
    stones = _stones()
    if scope.units is not None:
        stones = stones.filter(unit__in=scope.unit_keys or [])
    if unit is not None:
        stones = stones.filter(unit=unit)
    if first is not None:
        stones = stones.filter(period__range=(first, last or first))
    return stones


def _stones() -> QuerySet[Tombstone]:
    return Tombstone.objects.select_related("unit__company", "release_by", "contested_by")


def rows_of(stones: QuerySet[Tombstone]) -> Iterator[list[Any]]:
    """The values of ``COLUMNS``, oldest first; ``stones`` are never held in memory."""
    labels = {str(key): str(label) for key, label in Document.Release.choices}
    values = stones.order_by("pk").values_list(*[column.name for column in COLUMNS])
    for row in values.iterator(chunk_size=2000):
        told = list(row)
        told[_RELEASE] = labels.get(told[_RELEASE], told[_RELEASE])
        yield told
