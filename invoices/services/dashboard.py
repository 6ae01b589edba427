"""What the dashboard tells a client, each part in one bounded query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Sum

from invoices.models import Batch, Document, DocumentEvent, DocumentType
from invoices.models.documents import DocumentQuerySet
from portal.accounts.models import User
from portal.periods import add_months

LISTED = 5
COUNTED = 100
NEW_DAYS = 60
ENDING_DAYS = 30
MONTHS = 12
BRIEF = (
    "pk",
    "type__name",
    "number",
    "period",
    "unit__code",
    "amount_cents",
    "due_date",
    "available_until",
)


@dataclass(frozen=True)
class Brief:
    """The first few of some documents, and how many there are, counted up to 99."""

    rows: list[Any]
    count: int

    @property
    def count_text(self) -> str:
        return f"{COUNTED - 1}+" if self.count >= COUNTED else str(self.count)


def _brief(documents: DocumentQuerySet, *order: str) -> Brief:
    found = list(documents.order_by(*order).values_list(*BRIEF, named=True)[:COUNTED])
    return Brief(found[:LISTED], len(found))


def new_documents(user: User, units: Sequence[int], at: datetime) -> Brief:
    """Published in the last 60 days, with which this person has done nothing yet."""
    known = DocumentEvent.objects.filter(
        document=OuterRef("pk"), user=user, kind__in=DocumentEvent.CLIENT_KINDS
    )
    documents = Document.objects.visible_to(user, at=at, units=units)
    recent = documents.filter(published_at__gt=at - timedelta(days=NEW_DAYS))
    return _brief(recent.filter(~Exists(known)), "-period", "-pk")


def waiting_for_release(user: User, units: Sequence[int], at: datetime) -> Brief:
    """What this person is asked to release; ``units`` are those for which they may."""
    documents = Document.objects.visible_to(user, at=at, units=units)
    waiting = documents.filter(status=Document.Status.PUBLISHED, release=Document.Release.PENDING)
    return _brief(waiting, "-period", "-pk")


def ending_soon(user: User, units: Sequence[int], at: datetime) -> Brief:
    """What disappears within 30 days."""
    documents = Document.objects.visible_to(user, at=at, units=units)
    end = at + timedelta(days=ENDING_DAYS)
    return _brief(documents.filter(expires_at__lte=end, legal_hold=False), "expires_at", "pk")


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


def contested_documents(user: User, at: datetime) -> Brief:
    """For staff: what clients contest, newest first."""
    documents = Document.objects.visible_to(user, at=at)
    contested = documents.filter(
        status=Document.Status.PUBLISHED, release=Document.Release.CONTESTED
    )
    return _brief(contested, "-release_at", "-pk")
