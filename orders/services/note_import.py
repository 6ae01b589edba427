"""Imports a checked batch of notes and events, row by row, and undoes it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import FiscalNote, NoteBatch, NoteEvent, NoteRow, Order
from orders.services import note_mails, notes
from portal.accounts.models import User
from portal.audit.services import record
from portal.batches import slices
from portal.files.services import delete_later
from portal.transitions import IllegalTransition

CHUNK = 50
Outcome = NoteRow.Outcome
_OF_THE_ROW = {"file"}


# --- what staff decide before


@transaction.atomic
def decide(
    row: NoteRow, order: Order | None, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Say to which order the note of a row belongs, or to none yet. Raises NotTied and
    IllegalTransition."""
    if order is not None and (obstacle := notes.why_not(order, row.values["taker_tax_id"])):
        raise notes.NotTied(obstacle)
    batch = _checked(row.batch)
    outcome = Outcome.TIED if order else Outcome.LOOSE
    before = row.outcome
    same = batch.rows.filter(pk=row.pk, outcome=before).exclude(outcome=Outcome.ERROR)
    if before not in NoteRow.NOTES or not same.update(outcome=outcome, order=order):
        raise notes.NotTied(_("Somebody else changed this meanwhile. Look at it again."))
    _recount(batch, {before: -1, outcome: 1} if before != outcome else {})
    record(
        "note.order_decided", target=batch, actor=by, request=request, at=at,
        data={"line": row.line, "order": order.number if order else None},
    )  # fmt: skip


@transaction.atomic
def accept_proposals(
    batch: NoteBatch, *, by: User, at: datetime, request: HttpRequest | None = None
) -> int:
    """Every order that is proposed is the right one; how many. Raises IllegalTransition."""
    locked = _checked(batch)
    changed = locked.rows.filter(outcome=Outcome.PROPOSED).update(outcome=Outcome.TIED)
    _recount(locked, {Outcome.PROPOSED: -changed, Outcome.TIED: changed})
    record(
        "note.proposals_accepted", target=batch, actor=by, request=request, at=at,
        data={"rows": changed},
    )  # fmt: skip
    return changed


def _checked(batch: NoteBatch) -> NoteBatch:
    """The batch, locked, while staff may still decide about it. Raises IllegalTransition."""
    found = NoteBatch.objects.select_for_update().get(pk=batch.pk)
    if found.status != NoteBatch.Status.CHECKED:
        raise IllegalTransition(_("This import is not waiting for a decision any more."))
    return found


def _recount(batch: NoteBatch, changes: dict[str, int]) -> None:
    for outcome, change in changes.items():
        batch.counts[outcome] = batch.counts.get(outcome, 0) + change
    batch.save(update_fields=["counts"])


# --- carrying out


def import_slice(batch: NoteBatch, *, by: User | None) -> None:
    """Import the next rows of a batch that is being carried out."""
    slices.apply_slice(
        batch, lambda seconds: slices.apply_rows(
            batch, lambda rows: _import_chunk(batch, rows, by), size=CHUNK, seconds=seconds
        ), by=by,
    )  # fmt: skip
    for event in notes.join_waiting_events():
        note_mails.changed(event, at=timezone.now())


@transaction.atomic
def _import_chunk(batch: NoteBatch, rows: Sequence[NoteRow], by: User | None) -> None:
    pks, at = [row.pk for row in rows], timezone.now()
    left = batch.rows_left().filter(pk__in=pks).select_for_update(of=("self",))
    locked = list(left.select_related("order__payer"))
    before = {row.pk: row.outcome for row in locked}
    for row in locked:
        if row.outcome in NoteRow.NOTES:
            _import_note(row, by, at)
        elif row.outcome in NoteRow.TO_APPLY:
            _import_event(row, by, at)
    slices.save_applied(batch, locked, before, fields=["note", "event", "file_key"])


def _import_note(row: NoteRow, by: User | None, at: datetime) -> None:
    order = row.order if row.outcome == Outcome.TIED else None
    # The payer may have been changed since the row was checked.
    if order is not None and (obstacle := notes.why_not(order, row.values["taker_tax_id"])):
        row.add_error("taker", obstacle)
    else:
        try:
            row.note = notes.add_note(_note_of(row), order=order, at=at, by=by)
        except notes.AlreadyThere:
            row.outcome = Outcome.KNOWN
        else:
            note_mails.came(row.note, at=at)
    if row.note is None:
        delete_later(row.file_key)
    row.file_key = ""


def _note_of(row: NoteRow) -> FiscalNote:
    values: dict[str, Any] = {k: v for k, v in row.values.items() if k not in _OF_THE_ROW}
    return FiscalNote(identity=row.identity, file_key=row.file_key, **values)


def _import_event(row: NoteRow, by: User | None, at: datetime) -> None:
    """A batch that was checked before XMLs of events were kept has none."""
    fields = ("note_identity", "code", "at", "reason", "other", "size", "sha256")
    values = {name: row.values[name] for name in fields if name in row.values}
    event = NoteEvent(identity=row.identity, file_key=row.file_key, added_by=by, **values)
    try:
        row.event = notes.add_event(event, at=at)
    except notes.AlreadyThere:
        row.outcome = Outcome.KNOWN
        if row.file_key:
            delete_later(row.file_key)
    else:
        row.outcome = Outcome.EVENT if row.event.note_id else Outcome.WAITS
        note_mails.changed(row.event, at=at)
    row.file_key = ""


# --- undoing


def undo_slice(batch: NoteBatch, *, by: User | None) -> None:
    """Take back the next rows of a batch that is being undone."""

    def undo_for(seconds: float) -> bool:
        finished = slices.undo_rows(batch, _undo_chunk, size=CHUNK, seconds=seconds)
        if finished:
            slices.finish_undoing(batch, kept=0, by=by)
        return finished

    slices.undo_slice(batch, undo_for, by=by)


def _undo_chunk(rows: Sequence[NoteRow]) -> None:
    at = timezone.now()
    events = NoteEvent.objects.filter(batch_row__in=rows).select_related("note")
    notes.remove_events(list(events))
    brought = FiscalNote.objects.filter(batch_row__in=rows).select_related("order__payer")
    notes.remove(list(brought), at=at)


def clear_rows(batch: NoteBatch) -> None:
    """Let go of the staged files of rows that will not be imported."""
    staged = batch.rows.exclude(file_key="").order_by("line")
    while chunk := list(staged[:500]):
        with transaction.atomic():
            delete_later(*(row.file_key for row in chunk))
            NoteRow.objects.filter(pk__in=[row.pk for row in chunk]).update(file_key="")
