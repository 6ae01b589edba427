"""What staff do with a batch: hand in, carry out, undo, go on, stop, discard."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, BinaryIO, TypeVar

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.batches.models import DISCARDABLE, OPEN, AbstractBatch, AbstractBatchRow, BatchStatus
from portal.batches.slices import (
    delete_uploads,
    note_applied,
    queue_next_slice,
    queue_once,
    queue_undone,
)
from portal.files.services import Stored, claim, delete, store
from portal.transitions import IllegalTransition, advance

FORGOTTEN_AFTER = timedelta(days=30)
Upload = BinaryIO | File[Any]
Batch = TypeVar("Batch", bound=AbstractBatch)


def receive(
    batch: Batch,
    uploads: Mapping[str, Upload | None],
    *,
    prefix: str,
    request: HttpRequest | None = None,
) -> tuple[Batch, bool]:
    """Keep what was handed in for an unsaved ``batch``, and have it checked in the background.

    ``uploads`` are files by the field that holds their key. Returns the batch and whether it is
    new: the same files, sent again while the first are being dealt with, give that first one.
    """
    stored = {
        field: store(file, prefix=prefix, name=str(getattr(file, "name", "")))
        for field, file in uploads.items()
        if file
    }
    batch.sha256 = _fingerprint([file.sha256 for file in stored.values()])
    try:
        twin = _open_twin(batch)
        if twin is None:
            with transaction.atomic():
                _create(batch, stored, request)
            return batch, True
    except IntegrityError:
        # Sent twice at once: the other one is there, though its work may be over already.
        twin = _open_twin(batch) or _twins(batch).last()
        if twin is None:
            raise
    for file in stored.values():
        delete(file.key)
    return twin, False


def _fingerprint(digests: list[str]) -> str:
    return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()


def _open_twin(batch: Batch) -> Batch | None:
    return _twins(batch).filter(status__in=OPEN).first()


def _twins(batch: Batch) -> QuerySet[Batch]:
    return type(batch)._default_manager.filter(sha256=batch.sha256).order_by("pk")


def _create(
    batch: AbstractBatch, stored: Mapping[str, Stored], request: HttpRequest | None
) -> None:
    for field, file in stored.items():
        setattr(batch, field, file.key)
    batch.save(force_insert=True)
    claim(*(file.key for file in stored.values()))
    queue_next_slice(batch, by=batch.created_by)
    record(
        "batch.received", target=batch, actor=batch.created_by, request=request,
        data={"sha256": batch.sha256},
    )  # fmt: skip


@transaction.atomic
def start_applying(
    batch: AbstractBatch, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Take a checked batch up to be carried out. Raises IllegalTransition."""
    if obstacle := batch.why_not_apply():
        raise IllegalTransition(obstacle)
    advance(
        batch, to=BatchStatus.APPLYING, by=by, at=at, request=request,
        audit_data={"rows": batch.total}, done=0, problem="",
    )  # fmt: skip


@transaction.atomic
def apply(
    batch: AbstractBatch, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Have a checked batch carried out, or go on with one that stopped. Raises IllegalTransition."""
    if batch.status == BatchStatus.APPLYING:
        go_on(batch, by=by, at=at, request=request)
        return
    start_applying(batch, by=by, at=at, request=request)
    queue_next_slice(batch, by=by)


@transaction.atomic
def undo(
    batch: AbstractBatch, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Have a batch undone, or go on with one that stopped. Raises IllegalTransition."""
    if batch.status == BatchStatus.UNDOING:
        go_on(batch, by=by, at=at, request=request)
        return
    advance(batch, to=BatchStatus.UNDOING, by=by, at=at, request=request, done=0, problem="")
    queue_next_slice(batch, by=by)


@transaction.atomic
def go_on(
    batch: AbstractBatch, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Queue the work that a batch waits for once more. Raises IllegalTransition when there is none."""
    same = type(batch)._default_manager.filter(pk=batch.pk, status=batch.status)
    if not (batch.is_busy and same.update(problem="")):
        raise IllegalTransition(_("This batch waits for no work."))
    batch.problem = ""
    record("batch.resumed", target=batch, actor=by, request=request, at=at)
    queue_next_slice(batch, by=by)


@transaction.atomic
def stop(
    batch: AbstractBatch, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """End work that does not come to its end. Raises IllegalTransition.

    What was carried out stays, and may be undone; rows that were not reached become errors that
    say so. A batch whose undoing is stopped counts as carried out, and may be undone again.
    """
    if not batch.can_be_stopped:
        raise IllegalTransition(_("This batch is not being worked on."))
    stopped = batch.status
    if stopped == BatchStatus.UNDOING:
        advance(
            batch, to=BatchStatus.APPLIED, only_if={"status": stopped}, done=batch.total, problem=""
        )
        queue_undone(batch, by=by)
    else:
        # Rows before the batch: in that order those who work on it lock them.
        error = {"column": "", "value": "", "message": _("The work was stopped before this row.")}
        left = batch.rows_left().select_related(None).order_by()
        left.update(outcome=AbstractBatchRow.ERROR, errors=[error])
        note_applied(batch, by=by, at=at, counts=_counted(batch))
        queue_once(batch.JOBS.clear, batch, by=by)
    record(
        "batch.stopped", target=batch, actor=by, request=request, at=at, data={"status": stopped}
    )


def _counted(batch: AbstractBatch) -> dict[str, int]:
    """Its counts, those by outcome added up anew."""
    rows = batch.all_rows()
    outcomes = {value for value, _label in rows.model._meta.get_field("outcome").choices or ()}
    kept = {name: 0 if name in outcomes else count for name, count in batch.counts.items()}
    return {**kept, **dict(rows.order_by().values_list("outcome").annotate(Count("pk")))}


@transaction.atomic
def discard(
    batch: AbstractBatch, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Give up a batch that was not carried out, and remove its files. Raises IllegalTransition."""
    advance(batch, to=BatchStatus.DISCARDED, by=by, at=at, request=request, problem="")
    delete_uploads(batch)
    queue_once(batch.JOBS.clear, batch, by=by)


def discard_forgotten(batches: QuerySet[Any], *, at: datetime) -> int:
    """Discard those handed in a month ago that nobody had carried out; how many.

    Their files are other people's documents, which nobody may keep for longer than need be.
    """
    nobody_works = ~Q(status=BatchStatus.CHECKING) | ~Q(problem="")
    forgotten = batches.filter(
        nobody_works, status__in=DISCARDABLE, created_at__lte=at - FORGOTTEN_AFTER
    )
    discarded = 0
    for batch in forgotten.order_by("pk"):
        with suppress(IllegalTransition):  # somebody takes it up just now
            discard(batch, by=None, at=at)
            discarded += 1
    return discarded


def note_given_up(batches: QuerySet[Any]) -> None:
    """Note on batches that their job was given up, so that their pages offer to go on."""
    batches.update(
        problem=_("The work stopped after several attempts. See the outbox for the reason.")
    )
