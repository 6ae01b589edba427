"""The jobs of payments: each loads by key, calls a service, and may run twice."""

from portal.accounts.models import User
from portal.batches.services import note_given_up
from portal.outbox.registry import job
from portal.payments.models import BankFile
from portal.payments.services import return_files, settlements


def _user(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk is not None else None


def _file_given_up(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of the job)
    note_given_up(BankFile.objects.filter(pk=batch))


@job("payments.check_file", attempts=5, gave_up=_file_given_up)
def check_file(batch: int, by: int | None = None) -> None:
    """Check the next events of a return file."""
    if found := BankFile.objects.filter(pk=batch).first():
        return_files.check_slice(found, by=_user(by))


@job("payments.apply_file", attempts=8, gave_up=_file_given_up)
def apply_file(batch: int, by: int | None = None) -> None:
    """Post the next events of a return file."""
    if found := BankFile.objects.filter(pk=batch).first():
        settlements.apply_slice(found, by=_user(by))


@job("payments.undo_file", attempts=8, gave_up=_file_given_up)
def undo_file(batch: int, by: int | None = None) -> None:
    """Take back the next events of a return file."""
    if found := BankFile.objects.filter(pk=batch).first():
        settlements.undo_slice(found, by=_user(by))
