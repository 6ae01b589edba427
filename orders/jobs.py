"""The order desk's jobs: each loads by key, calls a service, and may run twice."""

from django.utils import timezone

from orders.models import Emission, NoteBatch, OrderBatch
from orders.services import emission as emissions
from orders.services import importing, note_checking, note_import
from portal.accounts.models import User
from portal.batches.models import BUSY
from portal.batches.services import note_given_up
from portal.outbox.registry import job


def _user(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk is not None else None


def _notes_given_up(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of the job)
    note_given_up(NoteBatch.objects.filter(pk=batch))


@job("orders.check_notes", attempts=5, gave_up=_notes_given_up)
def check_notes(batch: int, by: int | None = None) -> None:
    """Check the next fiscal notes that were handed in."""
    if found := NoteBatch.objects.filter(pk=batch).first():
        note_checking.check_slice(found, by=_user(by))


@job("orders.import_notes", attempts=8, gave_up=_notes_given_up)
def import_notes(batch: int, by: int | None = None) -> None:
    """Import the next notes of a batch."""
    if found := NoteBatch.objects.filter(pk=batch).first():
        note_import.import_slice(found, by=_user(by))


@job("orders.undo_notes", attempts=8, gave_up=_notes_given_up)
def undo_notes(batch: int, by: int | None = None) -> None:
    """Take back the next notes of a batch that is being undone."""
    if found := NoteBatch.objects.filter(pk=batch).first():
        note_import.undo_slice(found, by=_user(by))


@job("orders.clear_notes", attempts=8)
def clear_notes(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of all batches' jobs)
    """Remove the staged files of a batch that is not worked on any more."""
    if found := NoteBatch.objects.filter(pk=batch).exclude(status__in=BUSY).first():
        note_import.clear_rows(found)


def _batch_given_up(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of the job)
    note_given_up(OrderBatch.objects.filter(pk=batch))


@job("orders.check_batch", attempts=5, gave_up=_batch_given_up)
def check_batch(batch: int, by: int | None = None) -> None:
    """Check the next rows of a spreadsheet of orders."""
    if found := OrderBatch.objects.filter(pk=batch).first():
        importing.check_slice(found, by=_user(by))


@job("orders.apply_batch", attempts=8, gave_up=_batch_given_up)
def apply_batch(batch: int, by: int | None = None) -> None:
    """Bring the next orders of a batch in."""
    if found := OrderBatch.objects.filter(pk=batch).first():
        importing.apply_slice(found, by=_user(by))


@job("orders.undo_batch", attempts=8, gave_up=_batch_given_up)
def undo_batch(batch: int, by: int | None = None) -> None:
    """Take the next orders of a batch out again."""
    if found := OrderBatch.objects.filter(pk=batch).first():
        importing.undo_slice(found, by=_user(by))


def _authority_given_up(emission: int) -> None:
    if found := Emission.objects.at_authority().filter(pk=emission).first():
        emissions.given_up(found, at=timezone.now())


@job("orders.ask_authority", attempts=5, gave_up=_authority_given_up)
def ask_authority(emission: int) -> None:
    """Hand a certificate request to the authority, or ask how far it is."""
    if found := Emission.objects.at_authority().filter(pk=emission).first():
        emissions.ask_authority(found, at=timezone.now())
