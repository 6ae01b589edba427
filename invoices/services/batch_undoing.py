"""Undoes a published batch, chunk by chunk: withdraws what no client has seen."""

import time
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from invoices.models import Batch, Document, DocumentEvent
from portal.accounts.models import User
from portal.audit.services import NewEvent, record, record_many
from portal.transitions import advance

CHUNK = 50
Progress = Callable[[Batch], None]


def undo_rows(
    batch: Batch, *, by: User | None, seconds: float, progress: Progress | None = None
) -> bool:
    """Withdraw what no client has seen, for about ``seconds``; True when the batch is UNDONE.

    The version that such a document replaced is back in force. What a client has seen stays.
    """
    end = time.monotonic() + seconds
    last = 0
    rows = batch.rows.filter(document__status=Document.Status.PUBLISHED).order_by("line")
    while chunk := list(rows.filter(line__gt=last).values_list("line", "document")[:CHUNK]):
        _undo_chunk([pk for _line, pk in chunk], by)
        last = chunk[-1][0]
        if progress:
            progress(batch)
        if time.monotonic() > end:
            return False
    with transaction.atomic():
        advance(batch, to=Batch.Status.UNDONE, kept=rows.count())
        record("batch.undone", target=batch, actor=by, data={"kept": batch.kept})
    return True


@transaction.atomic
def _undo_chunk(pks: list[int], by: User | None) -> None:
    at = timezone.now()
    published = Document.objects.filter(pk__in=pks, status=Document.Status.PUBLISHED)
    documents = list(
        published.select_for_update(of=("self",)).select_related("unit").order_by("pk")
    )
    seen = set(
        DocumentEvent.objects.filter(document__in=pks, kind__in=DocumentEvent.CLIENT_KINDS)
        .values_list("document", flat=True)
    )  # fmt: skip
    unseen = [document for document in documents if document.pk not in seen]
    for document in unseen:
        advance(document, to=Document.Status.WITHDRAWN)
    older = Document.objects.filter(
        pk__in=[d.replaces_id for d in unseen], status=Document.Status.REPLACED
    ).select_related("unit")
    restored = list(older)
    for document in restored:
        advance(document, to=Document.Status.PUBLISHED)
    kinds = DocumentEvent.Kind
    DocumentEvent.objects.bulk_create(
        [DocumentEvent(document=d, kind=kinds.WITHDRAWN, user=by, at=at) for d in unseen]
        + [DocumentEvent(document=d, kind=kinds.RESTORED, user=by, at=at) for d in restored]
    )
    record_many(
        [NewEvent("document.withdrawn", d, d.unit.company_id, {"sha256": d.sha256}) for d in unseen]
        + [
            NewEvent("document.restored", d, d.unit.company_id, {"sha256": d.sha256})
            for d in restored
        ],
        actor=by,
    )
