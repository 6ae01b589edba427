"""Removing what is past its end: first the bytes, then the row, leaving a tombstone.

A document past its end is invisible already (``DocumentQuerySet.fetchable``) and cannot be held
any more, so nobody waits for this and nothing hurries it. Each chunk is one transaction: its rows
are locked (a second worker skips them), their files deleted, tombstones and audit written, rows
deleted. Killed at any step, the rows are still there, point to bytes that nobody is served, and
the next run deletes them again, which costs nothing; a file without a row cannot come about.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import models, transaction
from django.db.models import Min
from django.utils import timezone

from invoices.models import Document, DocumentEvent, DocumentType, PurgeRun, Tombstone
from portal.accounts.models import Unit
from portal.audit.services import NewEvent, record_many
from portal.files.services import delete

logger = logging.getLogger(__name__)

CHUNK = 2000
# A remote store answers in milliseconds; asked one by one, a chunk would keep its locks for long.
_REMOTE_THREADS = 16
_COLUMNS = (
    "pk", "unit_id", "type_id", "period", "number", "version", "status", "sha256", "size",
    "verification_code", "signed_by", "published_at", "published_by_id", "available_until",
    "release", "release_at", "legal_hold_reason",
)  # fmt: skip


@dataclass(frozen=True)
class _Unlinked:
    """Documents of a chunk whose files are gone, and why others' are not."""

    gone: list[Document]
    refusals: list[str]


def expire(
    *,
    as_of: datetime,
    chunk: int = CHUNK,
    on_chunk: Callable[[PurgeRun], None] | None = None,
) -> PurgeRun:
    """Remove every document whose end is not after ``as_of`` and that is not held.

    Memory does not grow with their number. A document whose file the store refuses to delete
    stays (invisible), counts as a failure and is tried again by the next run. The run is saved
    only if there was something to do. Raises ValueError when ``as_of`` lies in the future:
    nothing is removed before its time.
    """
    now = timezone.now()
    if as_of > now:
        raise ValueError("as_of lies in the future")
    run = PurgeRun(started_at=now, touched_at=now, as_of=as_of)
    for end in _ends(as_of):
        last = 0
        while last := _remove_chunk(run, end, last, chunk):
            if on_chunk:
                on_chunk(run)
    if run.pk:
        run.finished_at = run.touched_at = timezone.now()
        run.save()
    return run


def _ends(as_of: datetime) -> Iterator[datetime]:
    """The instants at which waiting documents ended, oldest first; an index seek each."""
    waiting = Document.objects.expired(at=as_of).order_by("expires_at")
    ends = waiting.values_list("expires_at", flat=True)
    end = ends.first()
    while end is not None:
        yield end
        end = ends.filter(expires_at__gt=end).first()


def _remove_chunk(run: PurgeRun, end: datetime, after: int, size: int) -> int:
    """Remove the next documents that ended at ``end``, by key; the last key, or 0 if none."""
    with transaction.atomic():
        documents = list(
            Document.objects.expired(at=end)
            .filter(expires_at=end, pk__gt=after)
            .order_by("pk")
            .only(*_COLUMNS, "file_key", "signature_key")
            .select_for_update(skip_locked=True)[:size]
        )
        if not documents:
            return 0
        unlinked = _unlink(documents)
        _save_run(run, unlinked)
        if unlinked.gone:
            _bury(run, unlinked.gone)
    return documents[-1].pk


def _unlink(documents: Sequence[Document]) -> _Unlinked:
    refusals: Iterable[str]
    if isinstance(default_storage, FileSystemStorage):
        refusals = map(_delete_files, documents)
    else:
        with ThreadPoolExecutor(_REMOTE_THREADS) as pool:
            refusals = list(pool.map(_delete_files, documents))
    pairs = list(zip(documents, refusals, strict=True))
    return _Unlinked([d for d, refusal in pairs if not refusal], [r for _d, r in pairs if r])


def _delete_files(document: Document) -> str:
    """Delete its file and detached signature, which may be gone already; why not, or ""."""
    for key in filter(None, (document.file_key, document.signature_key)):
        try:
            delete(key)
        except Exception as error:  # each store has errors of its own
            logger.exception("The store refused to delete the file of document %s", document.pk)
            return f"{document.pk}: {type(error).__name__}: {error}"[:500]
    return ""


def _save_run(run: PurgeRun, unlinked: _Unlinked) -> None:
    run.removed += len(unlinked.gone)
    run.bytes_freed += sum(d.size for d in unlinked.gone)
    run.failures += len(unlinked.refusals)
    run.error = unlinked.refusals[-1] if unlinked.refusals else run.error
    run.touched_at = timezone.now()
    run.save()


def _bury(run: PurgeRun, documents: Sequence[Document]) -> None:
    """Put tombstones, audit and nothing else where the documents were."""
    keys = [d.pk for d in documents]
    types = DocumentType.objects.in_bulk({d.type_id for d in documents})
    seen = dict(
        DocumentEvent.objects.filter(document__in=keys, kind__in=DocumentEvent.CLIENT_KINDS)
        .values_list("document")
        .annotate(Min("at"))
    )
    Tombstone.objects.bulk_create(
        _tombstone(d, types[d.type_id], seen.get(d.pk), run) for d in documents
    )
    record_many(_audit_events(run, documents))
    for relation in Document._meta.related_objects:
        _let_go(relation, keys)
    remaining = Document.objects.filter(pk__in=keys)
    remaining._raw_delete(remaining.db)


def _let_go(relation: models.ForeignObjectRel, keys: Sequence[int]) -> None:
    """Do what ``on_delete`` says, for a whole chunk in one statement."""
    rows = relation.field.model._base_manager.filter(**{f"{relation.field.name}__in": keys})
    if relation.on_delete is models.SET_NULL:
        rows.update(**{relation.field.name: None})
    elif relation.on_delete is models.CASCADE:
        rows.delete()


def _tombstone(
    document: Document, kind: DocumentType, seen: datetime | None, run: PurgeRun
) -> Tombstone:
    same = {n: getattr(document, n) for n in _COLUMNS if n not in ("pk", "type_id")}
    return Tombstone(
        **same, document_pk=document.pk, type_name=kind.name, kind=kind.kind,
        first_seen_at=seen, removed_at=run.touched_at, run=run,
    )  # fmt: skip


def _audit_events(run: PurgeRun, documents: Sequence[Document]) -> list[NewEvent]:
    """One per company; its digest binds the keys and hashes of all that were removed."""
    companies = dict(
        Unit.objects.filter(pk__in={d.unit_id for d in documents}).values_list("pk", "company_id")
    )
    removed = defaultdict(list)
    for document in documents:
        removed[companies[document.unit_id]].append(document)
    return [
        NewEvent(
            "documents.removed", target=run, company=company,
            data={
                "documents": len(theirs), "first": theirs[0].pk, "last": theirs[-1].pk,
                "bytes": sum(d.size for d in theirs), "sha256": removal_digest(theirs),
            },
        )
        for company, theirs in removed.items()
    ]  # fmt: skip


def removal_digest(documents: Iterable[Document]) -> str:
    """SHA-256 over one line ``key sha256`` per document, in order of keys."""
    lines = "".join(f"{d.pk} {d.sha256}\n" for d in documents)
    return hashlib.sha256(lines.encode()).hexdigest()
