"""Announces documents that end soon: one mail per person with all of theirs.

One transaction marks the documents and puts a job per person into the outbox, so each document
is announced once, whatever dies. The job reads what the person can still see and writes the mail.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from invoices.models import Document, DocumentEvent
from invoices.models.documents import DocumentQuerySet
from invoices.services.mailing import readers
from portal.accounts.models import Unit, User
from portal.outbox.services import enqueue_job, enqueue_mail

NOTICE = timedelta(days=15)
LISTED = 100  # a mail names so many documents and counts the rest
_CHUNK = 2000


def announce(*, at: datetime) -> int:
    """Announce every document that ends within 15 days of ``at`` and was not announced yet.

    Returns how many. Held documents do not end, replaced and withdrawn ones are nobody's to see.
    """
    with transaction.atomic():
        ending = Document.objects.filter(
            expires_at__gt=at, expires_at__lte=at + NOTICE, legal_hold=False,
            noticed_at__isnull=True, status=Document.Status.PUBLISHED,
        )  # fmt: skip
        count = ending.update(noticed_at=at)
        if count:
            announced = _announced(Document.objects.all(), at)
            _leave_events(announced, at)
            for user_pk in _people(announced, at).values_list("pk", flat=True):
                enqueue_job(
                    "invoices.expiry_notice", key=f"expiry-notice:{user_pk}:{at.isoformat()}",
                    user=user_pk, instant=at.isoformat(),
                )  # fmt: skip
    return count


def _announced(documents: DocumentQuerySet, at: datetime) -> DocumentQuerySet:
    """What the run at ``at`` announced; the bounds on the end let an index find it."""
    return documents.filter(
        noticed_at=at, expires_at__gt=at, expires_at__lte=at + NOTICE, legal_hold=False
    )


def _leave_events(announced: DocumentQuerySet, at: datetime) -> None:
    last = 0
    keys = announced.order_by("pk").values_list("pk", flat=True)
    while chunk := list(keys.filter(pk__gt=last)[:_CHUNK]):
        DocumentEvent.objects.bulk_create(
            DocumentEvent(document_id=pk, kind=DocumentEvent.Kind.NOTICED, at=at) for pk in chunk
        )
        last = chunk[-1]


def _people(announced: DocumentQuerySet, at: datetime) -> QuerySet[User]:
    """The clients who may see one of these documents."""
    units = Unit.objects.filter(pk__in=announced.values("unit"))
    return readers(units, at=at).filter(is_staff=False)


def send_notice(reader: User, *, announced_at: datetime) -> None:
    """Mail ``reader`` what was announced at that instant and they still see."""
    visible = Document.objects.visible_to(reader, at=timezone.now())
    announced = _announced(visible, announced_at)
    rows = _rows(announced)
    if not rows:
        return
    enqueue_mail(
        to=reader.email or "", template="invoices/mail/expiry_notice", key=f"mail:expiry-notice:{reader.pk}:{announced_at.isoformat()}",
        about=[reader.pk],
        context={
            "name": reader.first_name, "rows": rows, "total": (total := announced.count()),
            "more": total - len(rows), "first_end": min(row["until"] for row in rows),
        },
    )  # fmt: skip


def _rows(announced: DocumentQuerySet) -> list[dict[str, Any]]:
    taken = DocumentEvent.objects.filter(
        document=OuterRef("pk"),
        kind__in=[DocumentEvent.Kind.OPENED, DocumentEvent.Kind.DOWNLOADED],
    )
    documents = (
        announced.select_related("type", "unit")
        .annotate(taken=Exists(taken))
        .order_by("available_until", "unit__code", "-period", "type__name", "number")
    )
    return [_row(d) for d in documents[:LISTED]]


def _row(document: Any) -> dict[str, date | str | bool]:
    return {
        "unit": str(document.unit), "type": document.type.name, "number": document.number,
        "period": document.period, "until": document.available_until,
        "never_downloaded": not document.taken, "url": document.get_absolute_url(),
    }  # fmt: skip
