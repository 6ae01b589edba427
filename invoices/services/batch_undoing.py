"""Undoes a published batch, chunk by chunk: withdraws what no client has seen."""

from collections.abc import Callable, Sequence

from django.utils import timezone

from invoices.models import Batch, BatchRow, Document, DocumentEvent
from invoices.services.batch_mails import hold_back
from portal.accounts.models import User
from portal.audit.services import NewEvent, record_many
from portal.batches import slices
from portal.transitions import advance

CHUNK = 50
Progress = Callable[[Batch], None]


def undo_slice(batch: Batch, *, by: User | None) -> None:
    """Withdraw the next documents of a batch that is being undone."""
    slices.undo_slice(batch, lambda seconds: undo_rows(batch, by=by, seconds=seconds), by=by)


def undo_rows(
    batch: Batch, *, by: User | None, seconds: float, progress: Progress | None = None
) -> bool:
    """Withdraw what no client has seen, for about ``seconds``; True when the batch is UNDONE.

    The version that such a document replaced is back in force. What a client has seen stays.
    """
    hold_back(batch, at=timezone.now())
    finished = slices.undo_rows(
        batch, lambda rows: _undo_chunk(rows, by), size=CHUNK, seconds=seconds, progress=progress
    )
    if finished:
        kept = batch.rows.filter(document__status=Document.Status.PUBLISHED).count()
        slices.finish_undoing(batch, kept=kept, by=by)
    return finished


def _undo_chunk(rows: Sequence[BatchRow], by: User | None) -> None:
    at, pks = timezone.now(), [row.document_id for row in rows if row.document_id]
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
