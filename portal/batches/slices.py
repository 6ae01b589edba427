"""Works on a batch for a while, chunk by chunk, then queues what is left.

Each chunk is committed with its counters, so a run that is killed anywhere is taken up by the
next, and two at once do each row once. No worker is held for longer than a slice.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import sandbox
from portal.accounts.models import User
from portal.batches.models import AbstractBatch, AbstractBatchRow, BatchStatus
from portal.files.services import delete_later, open_file
from portal.outbox.services import enqueue_job
from portal.transitions import IllegalTransition, advance

SLICE_SECONDS = 20.0
WITHOUT_END = float("inf")


class Line(Protocol):
    """One line of what was handed in, as a desk reads it."""

    @property
    def line(self) -> int: ...


Batch = TypeVar("Batch", bound=AbstractBatch)
L = TypeVar("L", bound=Line)
Progress = Callable[[Batch], None]


class Stopped(Exception):
    """Somebody else ended this step of the batch meanwhile, or works at it too."""


def queue_next_slice(batch: AbstractBatch, *, by: User | None) -> None:
    """Queue the next slice of what the batch's state asks for."""
    name = {
        BatchStatus.UPLOADED: batch.JOBS.check, BatchStatus.CHECKING: batch.JOBS.check,
        BatchStatus.APPLYING: batch.JOBS.apply, BatchStatus.UNDOING: batch.JOBS.undo,
    }[BatchStatus(batch.status)]  # fmt: skip
    key = f"{name}:{batch.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
    enqueue_job(name, key=key, batch=batch.pk, by=by.pk if by else None)


# --- checking


def check_slice(batch: AbstractBatch, check: Callable[[float], bool], *, by: User | None) -> None:
    """Do one slice of ``check`` (seconds -> whether all is checked), and queue the next.

    A ValidationError of it refuses the batch as a whole, with its message. ``sandbox.Busy`` is
    raised: the job is tried again later.
    """
    if not begin_checking(batch):
        return
    try:
        finished = check(SLICE_SECONDS)
    except sandbox.Busy:
        raise
    except ValidationError as error:
        refuse(batch, " ".join(error.messages))
    except (Stopped, IllegalTransition):  # somebody else did the rest
        return
    else:
        if not finished:
            queue_next_slice(batch, by=by)


def begin_checking(batch: AbstractBatch) -> bool:
    """Take up the check; False when there is nothing (more) to check."""
    if batch.status == BatchStatus.UPLOADED:
        try:
            advance(batch, to=BatchStatus.CHECKING)
        except IllegalTransition:
            batch.refresh_from_db()
    return batch.status == BatchStatus.CHECKING


def check_lines(
    batch: Batch,
    read: Callable[[], Iterator[L]],
    check_chunk: Callable[[list[L]], None],
    *,
    size: int,
    seconds: float,
    progress: "Progress[Batch] | None" = None,
) -> bool:
    """Check lines in chunks for about ``seconds``; True when all are checked.

    ``read`` gives all lines in order. ``check_chunk`` saves its rows by ``save_checked``. What
    was checked before is passed over. Raises ValidationError when there are no lines.
    """
    end = time.monotonic() + seconds
    if not batch.total:
        batch.total = sum(1 for _line in read())
        if not batch.total:
            raise ValidationError(_("There is no row in it."), code="empty")
        _save(batch, total=batch.total)
    last = batch.all_rows().aggregate(last=Max("line"))["last"] or 0
    lines = (line for line in read() if line.line > last)
    while chunk := list(islice(lines, size)):
        check_chunk(chunk)
        if progress:
            progress(batch)
        if time.monotonic() > end:
            return False
    return True


@transaction.atomic
def save_checked(batch: AbstractBatch, rows: Sequence[AbstractBatchRow]) -> None:
    """Save a chunk of new rows with the batch's counters. Raises Stopped."""
    current = _locked(batch)
    taken = batch.all_rows().filter(line__gte=rows[0].line).exists()
    if current.status != BatchStatus.CHECKING or taken:
        raise Stopped
    type(rows[0])._default_manager.bulk_create(rows)
    _count(current, [(None, row.outcome) for row in rows])
    current.done += len(rows)
    _save_counters(batch, current)


@transaction.atomic
def finish_checking(batch: AbstractBatch, **values: Any) -> None:
    """All rows are checked; let go of what was handed in. Raises IllegalTransition."""
    advance(batch, to=BatchStatus.CHECKED, checked_at=timezone.now(), **values)
    delete_uploads(batch)


@transaction.atomic
def refuse(batch: AbstractBatch, message: str) -> None:
    """Nothing of the batch can be used: say why, and let go of what was handed in."""
    advance(batch, to=BatchStatus.REFUSED, problem=message, checked_at=timezone.now())
    delete_uploads(batch)


def delete_uploads(batch: AbstractBatch) -> None:
    """Within a transaction: delete what was handed in."""
    delete_later(*(getattr(batch, field) for field in batch.UPLOADS))
    _save(batch, **dict.fromkeys(batch.UPLOADS, ""))


@contextmanager
def open_upload(batch: AbstractBatch, field: str = "file_key") -> Iterator[BinaryIO]:
    """What was handed in. ValidationError, which refuses the batch, when the store lost it."""
    try:
        file = open_file(getattr(batch, field))
    except FileNotFoundError:
        raise ValidationError(
            _(
                "The portal no longer has what was handed in: it was lost, or a backup without it"
                " was restored. Hand it in again."
            ),
            code="lost",
        ) from None
    with file:
        yield file


# --- carrying out


def apply_slice(batch: AbstractBatch, apply: Callable[[float], bool], *, by: User | None) -> None:
    """Do one slice of ``apply`` (seconds -> whether nothing is left), and queue the next."""
    if batch.status == BatchStatus.APPLYING and not (
        apply(SLICE_SECONDS) and finish_applying(batch, by=by)
    ):
        queue_next_slice(batch, by=by)


def apply_rows(
    batch: Batch,
    apply_chunk: Callable[[list[Any]], None],
    *,
    size: int,
    seconds: float,
    progress: "Progress[Batch] | None" = None,
) -> bool:
    """Carry rows out in chunks for about ``seconds``; True when each was tried.

    ``apply_chunk`` saves what became of its rows by ``save_applied``.
    """
    rows = batch.rows_left()
    return _work_through(batch, rows, apply_chunk, size=size, seconds=seconds, progress=progress)


def save_applied(
    batch: AbstractBatch,
    rows: Sequence[AbstractBatchRow],
    before: Mapping[int, str],
    *,
    fields: Sequence[str] = (),
) -> None:
    """Note what became of rows, inside the caller's transaction, which has locked them.

    ``before`` are their outcomes as they were; ``fields`` are those of the desk's own to save.
    """
    now = timezone.now()
    for row in rows:
        row.done_at = None if row.outcome == row.ERROR else now
    if rows:
        saved = ["outcome", "errors", "done_at", *fields]
        type(rows[0])._default_manager.bulk_update(rows, saved, batch_size=100)
    current = _locked(batch)
    _count(current, [(before[row.pk], row.outcome) for row in rows])
    current.problem = ""
    current.done += len(rows)
    _save_counters(batch, current)


def recount(batch: AbstractBatch, changes: Sequence[tuple[str | None, str]]) -> None:
    """Inside the caller's transaction: rows that were carried out have another outcome since."""
    current = _locked(batch)
    _count(current, changes)
    _save_counters(batch, current)


@transaction.atomic
def finish_applying(batch: AbstractBatch, *, by: User | None) -> bool:
    """APPLIED, when no row is left; False when there is. Queues what follows (``JOBS.applied``)."""
    if _locked(batch).status != BatchStatus.APPLYING:
        return True
    if batch.rows_left().exists():
        return False
    note_applied(batch, by=by, at=timezone.now())
    return True


def note_applied(
    batch: AbstractBatch, *, by: User | None, at: datetime, counts: dict[str, int] | None = None
) -> None:
    """Within a transaction: the batch is carried out; audit it and queue what follows."""
    counts = batch.counts if counts is None else counts
    advance(
        batch, to=BatchStatus.APPLIED, by=by, at=at, audit_data=counts,
        only_if={"status": BatchStatus.APPLYING}, applied_at=at, counts=counts, problem="",
    )  # fmt: skip
    queue_once(batch.JOBS.applied, batch, by=by)


# --- undoing


def undo_slice(batch: AbstractBatch, undo: Callable[[float], bool], *, by: User | None) -> None:
    """Do one slice of ``undo`` (seconds -> whether all is undone), and queue the next."""
    if batch.status == BatchStatus.UNDOING and not undo(SLICE_SECONDS):
        queue_next_slice(batch, by=by)


def undo_rows(
    batch: Batch,
    undo_chunk: Callable[[list[Any]], None],
    *,
    size: int,
    seconds: float,
    progress: "Progress[Batch] | None" = None,
) -> bool:
    """Undo rows in chunks for about ``seconds``; True when each was tried.

    ``undo_chunk`` is one transaction; it leaves alone what was undone before or may not be.
    """
    tried = batch.done

    def undo_and_count(rows: list[Any]) -> None:
        nonlocal tried
        with transaction.atomic():
            undo_chunk(rows)
            current = _locked(batch)
            if current.status != BatchStatus.UNDOING:
                raise Stopped
            tried += len(rows)
            # Of two at once each counts from where it began, so no row is taken for tried.
            current.done = max(current.done, tried)
            _save_counters(batch, current)

    # Rows stay in ``rows_done`` while they are undone: the first ``tried`` were tried before.
    rows = batch.rows_done()
    last = rows.values_list("line", flat=True)[tried - 1 : tried] if tried else ()
    left = rows.filter(line__gt=last[0]) if last else rows
    try:
        return _work_through(
            batch, left, undo_and_count, size=size, seconds=seconds, progress=progress
        )
    except Stopped:
        return True


@transaction.atomic
def finish_undoing(batch: AbstractBatch, *, kept: int, by: User | None) -> None:
    """UNDONE, but for ``kept`` rows that may not be undone; nothing when it was stopped."""
    if _locked(batch).status == BatchStatus.UNDOING:
        advance(
            batch, to=BatchStatus.UNDONE, by=by, at=timezone.now(), audit_data={"kept": kept},
            kept=kept, problem="",
        )  # fmt: skip
        queue_undone(batch, by=by)


# --- what they share


def queue_once(name: str, batch: AbstractBatch, *, by: User | None) -> None:
    """Queue a job that a batch needs once, if the desk names it."""
    if name:
        key = f"{name}:{batch.pk}"
        enqueue_job(name, key=key, batch=batch.pk, by=by.pk if by else None)


def queue_undone(batch: AbstractBatch, *, by: User | None) -> None:
    """Queue what follows undoing, if the desk names it: undoing may be stopped and taken up again."""
    if name := batch.JOBS.undone:
        key = f"{name}:{batch.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
        enqueue_job(name, key=key, batch=batch.pk, by=by.pk if by else None)


def _work_through(
    batch: Batch,
    rows: QuerySet[Any],
    work: Callable[[list[Any]], None],
    *,
    size: int,
    seconds: float,
    progress: "Progress[Batch] | None",
) -> bool:
    end, last = time.monotonic() + seconds, 0
    while chunk := list(rows.filter(line__gt=last)[:size]):
        work(chunk)
        last = chunk[-1].line
        if progress:
            progress(batch)
        if time.monotonic() > end:
            return False
    return True


def _locked(batch: AbstractBatch) -> AbstractBatch:
    return type(batch)._default_manager.select_for_update().get(pk=batch.pk)


def _count(batch: AbstractBatch, changes: Sequence[tuple[str | None, str]]) -> None:
    for before, after in changes:
        if before is not None:
            batch.counts[before] = batch.counts.get(before, 0) - 1
        batch.counts[after] = batch.counts.get(after, 0) + 1


def _save_counters(batch: AbstractBatch, current: AbstractBatch) -> None:
    """Save the locked row's counters, and bring the caller's object up to date."""
    current.save(update_fields=["counts", "done", "problem"])
    batch.counts, batch.done, batch.problem = current.counts, current.done, current.problem


def _save(batch: AbstractBatch, **values: Any) -> None:
    type(batch)._default_manager.filter(pk=batch.pk).update(**values)
    for name, value in values.items():
        setattr(batch, name, value)
