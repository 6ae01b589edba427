"""Publishes a checked batch, chunk by chunk.

Each chunk is signed and stored outside any transaction and then committed in one: documents,
events, audit, rows and counters together. Rows that have been dealt with say so, so that a run
killed anywhere is taken up by the next, and two at once do each row once.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.services import current_signer
from certificates.signatures.signing import CannotSign, Signer
from invoices.models import Batch, BatchRow
from invoices.services.batch_checking import wanted_of
from invoices.services.document_spec import DocumentSpec, Identity, content_type_of
from invoices.services.document_versions import KnownVersions, is_unchanged, known_versions
from invoices.services.manifest_rows import add_error
from invoices.services.signed_documents import (
    DOCUMENTS,
    SignedFile,
    create_documents,
    delete_signed,
    sign_and_store,
)
from portal.accounts.models import User
from portal.audit.services import record
from portal.files.services import delete_later, open_file, reserve, safe_name
from portal.outbox.services import enqueue_job
from portal.transitions import advance

CHUNK = 50
_TRIES = 5
Progress = Callable[[Batch], None]
Work = dict[int, tuple[DocumentSpec, SignedFile]]


def publish_rows(
    batch: Batch, *, by: User | None, seconds: float, progress: Progress | None = None
) -> bool:
    """Publish what is left of a batch for about ``seconds``; True when it is all PUBLISHED.

    Raises NoSigner without a certificate and TimestampFailed when that authority is down: what
    was not reached stays as it is.
    """
    end = time.monotonic() + seconds
    last, signer = 0, current_signer(timezone.now())
    while rows := list(_waiting(batch).filter(line__gt=last)[:CHUNK]):
        _publish_chunk(batch, rows, signer, by)
        last = rows[-1].line
        if progress:
            progress(batch)
        if time.monotonic() > end:
            return False
    return _finish(batch, by)


def _waiting(batch: Batch) -> QuerySet[BatchRow]:
    rows = BatchRow.objects.filter(batch=batch, published_at__isnull=True)
    return (
        rows.exclude(outcome=BatchRow.Outcome.ERROR).select_related("unit", "type").order_by("line")
    )


def _publish_chunk(batch: Batch, rows: Sequence[BatchRow], signer: Signer, by: User | None) -> None:
    at = batch.publish_as_of or timezone.now()
    work, failed = _sign(rows, signer, at)
    used = _commit(batch, rows, work, failed, by=by, at=at)
    # Only now: after an error nobody knows whether the commit went through, and the sweep decides.
    for pk, (_wanted, prepared) in work.items():
        if pk not in used:
            delete_signed(prepared)


def _sign(rows: Sequence[BatchRow], signer: Signer, at: datetime) -> tuple[Work, dict[int, str]]:
    """Signed and stored files by row, and the messages of rows that cannot be signed."""
    known = known_versions(wanted_of(row).identity for row in rows)
    todo = [
        row for row in rows
        if row.outcome in BatchRow.TO_PUBLISH and not _obstacle(row, known, at)
    ]  # fmt: skip
    keys = reserve((safe_name(row.file_name) for row in todo), prefix=DOCUMENTS)
    work: Work = {}
    failed: dict[int, str] = {}
    for row, key in zip(todo, keys, strict=True):
        try:
            source = _staged(row)
            if source is None:
                continue
            wanted = wanted_of(row)
            content_type = content_type_of(source, row.file_name)
            work[row.pk] = wanted, sign_and_store(wanted, source, content_type, signer, key=key)
        except CannotSign as error:
            failed[row.pk] = str(error)
        except ValidationError as error:
            failed[row.pk] = " ".join(error.messages)
    return work, failed


def _staged(row: BatchRow) -> bytes | None:
    """What is to be signed; None when another worker has dealt with the row and let it go."""
    try:
        with open_file(row.file_key) as file:
            return file.read()
    except FileNotFoundError:
        if _waiting(row.batch).filter(pk=row.pk).exists():
            raise
        return None


def _obstacle(
    row: BatchRow, known: dict[Identity, KnownVersions], at: datetime
) -> tuple[str, str] | None:
    """(outcome, message) when somebody else published this invoice since the row was checked."""
    mine = known.get(wanted_of(row).identity)
    published = mine.published if mine else None
    if published is not None and is_unchanged(mine, row.sha256, at=at):
        return BatchRow.Outcome.UNCHANGED, ""
    if (published.pk if published else None) == row.current:
        return None
    if published is None:
        return BatchRow.Outcome.ERROR, _(
            "The version that this row replaces was withdrawn meanwhile."
        )
    return BatchRow.Outcome.ERROR, _(
        "Version %(version)s was published meanwhile by someone else. Send this row again if it"
        " is to be replaced."
    ) % {"version": published.version}


def _commit(
    batch: Batch, rows: Sequence[BatchRow], work: Work, failed: dict[int, str], *,
    by: User | None, at: datetime,
) -> set[int]:  # fmt: skip
    """Commit a chunk, again when another commit of one of its invoices came first."""
    for attempt in range(_TRIES):
        try:
            return _commit_once(batch, rows, work, failed, by=by, at=at)
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError


@transaction.atomic
def _commit_once(
    batch: Batch, rows: Sequence[BatchRow], work: Work, failed: dict[int, str], *,
    by: User | None, at: datetime,
) -> set[int]:  # fmt: skip
    """The pks of the rows whose signed files were used."""
    now = timezone.now()
    locked = _waiting(batch).filter(pk__in=[r.pk for r in rows]).select_for_update(of=("self",))
    mine = list(locked)
    known = known_versions((wanted_of(row).identity for row in mine), lock=True)
    before = {row.pk: row.outcome for row in mine}
    ready = []
    for row in mine:
        _decide_outcome(row, known, failed, at)
        if row.outcome in BatchRow.TO_PUBLISH and row.pk in work:
            ready.append(row)
    # What stood in the way when the chunk was signed and no longer does has its turn later.
    decided = [r for r in mine if r.outcome not in BatchRow.TO_PUBLISH or r.pk in work]
    # One order for all who publish at once, so that none waits for the other in a circle.
    ready.sort(key=lambda row: work[row.pk][0].identity)
    documents = create_documents([work[row.pk] for row in ready], known, by=by, at=at)
    for row, document in zip(ready, documents, strict=True):
        row.document = document
    for row in decided:
        row.published_at = None if row.outcome == BatchRow.Outcome.ERROR else now
    _save_rows(batch, decided, before)
    return {row.pk for row in ready}


def _decide_outcome(
    row: BatchRow, known: dict[Identity, KnownVersions], failed: dict[int, str], at: datetime
) -> None:
    """The outcome of a row in the light of what is published at this moment."""
    if row.outcome not in BatchRow.TO_PUBLISH:
        return
    obstacle = _obstacle(row, known, at)
    if row.pk in failed:
        add_error(row, "arquivo", failed[row.pk])
    elif obstacle and obstacle[0] == BatchRow.Outcome.ERROR:
        add_error(row, "numero", obstacle[1])
    elif obstacle:
        row.outcome = obstacle[0]


def _save_rows(batch: Batch, rows: Sequence[BatchRow], before: dict[int, str]) -> None:
    delete_later(*(row.file_key for row in rows))
    for row in rows:
        row.file_key = ""
    BatchRow.objects.bulk_update(
        rows, ["outcome", "errors", "document", "published_at", "file_key"], batch_size=CHUNK
    )
    current = Batch.objects.select_for_update().get(pk=batch.pk)
    for row in rows:
        old = before[row.pk]
        current.counts[old] = current.counts.get(old, 0) - 1
        current.counts[row.outcome] = current.counts.get(row.outcome, 0) + 1
    current.done += len(rows)
    current.problem = ""
    current.save(update_fields=["counts", "done", "problem"])
    batch.counts, batch.done = current.counts, current.done


def _finish(batch: Batch, by: User | None) -> bool:
    with transaction.atomic():
        current = Batch.objects.select_for_update().get(pk=batch.pk)
        if current.status != Batch.Status.PUBLISHING:
            return True
        if _waiting(batch).exists():
            return False
        advance(batch, to=Batch.Status.PUBLISHED, published_at=timezone.now())
        enqueue_job("invoices.tell_clients", key=f"batch-told:{batch.pk}", batch=batch.pk)
        record("batch.published", target=batch, actor=by, data=dict(batch.counts))
    return True


def clear_rows(batch: Batch) -> None:
    """Let go of the staged files of a batch that will not be published."""
    staged = batch.rows.exclude(file_key="").order_by("line")
    while chunk := list(staged[:500]):
        with transaction.atomic():
            delete_later(*(row.file_key for row in chunk))
            BatchRow.objects.filter(pk__in=[row.pk for row in chunk]).update(file_key="")
