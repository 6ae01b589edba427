"""What the dashboard tells a client, each part in one bounded query."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Sum

from invoices.models import Batch, Document, DocumentType, Tombstone
from invoices.models.documents import DocumentQuerySet
from invoices.services.listing import Show, narrowed
from portal.accounts.models import User
from portal.periods import add_months

LISTED = 5
COUNTED = 100
MONTHS = 12
BRIEF = (
    "pk",
    "type__name",
    "type__kind",
    "number",
    "period",
    "unit__code",
    "amount_cents",
    "due_date",
    "available_until",
)

ORDERS = {
    Show.NEW: ("-period", "-pk"),
    Show.WAITING: ("-period", "-pk"),
    Show.ENDING: ("expires_at", "pk"),
    Show.CONTESTED: ("-release_at", "-pk"),
}


@dataclass(frozen=True)
class Brief:
    """The first few of some documents, and how many there are, counted up to 99.

    ``kinds``: how many of each kind. ``cents``: their sum; None where they are more than 99.
    """

    rows: list[Any]
    count: int
    kinds: Mapping[str, int]
    cents: int | None

    @property
    def count_text(self) -> str:
        return f"{COUNTED - 1}+" if self.count >= COUNTED else str(self.count)


def _brief(documents: DocumentQuerySet, *order: str) -> Brief:
    found = list(documents.order_by(*order).values_list(*BRIEF, named=True)[:COUNTED])
    cents = sum(row.amount_cents or 0 for row in found) if len(found) < COUNTED else None
    return Brief(found[:LISTED], len(found), Counter(row.type__kind for row in found), cents)


def brief_of(show: Show, user: User, at: datetime, units: Sequence[int] | None = None) -> Brief:
    """What one card shows, of these units; of all that the user may see without them."""
    documents = Document.objects.visible_to(user, at=at, units=units)
    return _brief(narrowed(documents, show, user=user, at=at), *ORDERS[show])


def billing_by_month(
    user: User, units: Sequence[int], at: datetime, newest: date
) -> list[tuple[date, int]]:
    """Cents billed in each of the 12 months that end with ``newest``: published invoices only."""
    first = add_months(newest, 1 - MONTHS)
    sums = dict(
        Document.objects.visible_to(user, at=at, units=units)
        .filter(
            status=Document.Status.PUBLISHED,
            type__kind=DocumentType.Kind.INVOICE,
            period__range=(first, newest),
        )
        .order_by()
        .values_list("period")
        .annotate(total=Sum("amount_cents"))
    )
    months = [add_months(first, step) for step in range(MONTHS)]
    return [(month, sums.get(month) or 0) for month in months]


def last_batches() -> list[Batch]:
    return list(Batch.objects.order_by("-pk")[:LISTED])


def removed_months(units: Sequence[int], first: date, last: date) -> set[date]:
    """The months of which invoices of these units were removed."""
    gone = Tombstone.objects.filter(unit__in=units, kind=DocumentType.Kind.INVOICE)
    months = gone.filter(period__range=(first, last)).order_by().values_list("period", flat=True)
    return set(months.distinct())
