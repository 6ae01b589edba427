"""The invoice desk's jobs: each loads by key, calls a service, and may run twice.

Services queue them by name (``enqueue_job("invoices.tell_clients", …)``).
"""

from datetime import datetime

from django.utils import timezone

from invoices.models import Batch
from invoices.services import (
    batch_checking,
    batch_mails,
    batch_publishing,
    batch_undoing,
    expiry_notice,
)
from portal.accounts.models import User
from portal.batches.models import BUSY
from portal.batches.services import note_given_up
from portal.outbox.registry import job


def _user(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk is not None else None


def _batch_given_up(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of the job)
    note_given_up(Batch.objects.filter(pk=batch))


@job("invoices.check_batch", attempts=5, gave_up=_batch_given_up)
def check_batch(batch: int, by: int | None = None) -> None:
    """Check the next rows of an uploaded batch."""
    if found := Batch.objects.filter(pk=batch).first():
        batch_checking.check_slice(found, by=_user(by))


@job("invoices.publish_batch", attempts=8, gave_up=_batch_given_up)
def publish_batch(batch: int, by: int | None = None) -> None:
    """Publish the next rows of a batch."""
    if found := Batch.objects.filter(pk=batch).first():
        batch_publishing.publish_slice(found, by=_user(by))


@job("invoices.undo_batch", attempts=8, gave_up=_batch_given_up)
def undo_batch(batch: int, by: int | None = None) -> None:
    """Withdraw the next documents of a batch."""
    if found := Batch.objects.filter(pk=batch).first():
        batch_undoing.undo_slice(found, by=_user(by))


@job("invoices.tell_clients", attempts=8)
def tell_clients(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of all batches' jobs)
    """Mail each client the documents of this batch that they may see."""
    if found := Batch.objects.filter(pk=batch, status=Batch.Status.APPLIED).first():
        batch_mails.tell_clients(found, at=timezone.now())


@job("invoices.tell_undone", attempts=8)
def tell_undone(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of all batches' jobs)
    """Tell the clients of an undone batch what is true now."""
    if found := Batch.objects.filter(pk=batch).exclude(status__in=BUSY).first():
        batch_mails.tell_undone(found, at=timezone.now())


@job("invoices.clear_batch", attempts=8)
def clear_batch(batch: int, by: int | None = None) -> None:  # noqa: ARG001 (of all batches' jobs)
    """Remove the staged files of a batch that is not worked on any more."""
    if found := Batch.objects.filter(pk=batch).exclude(status__in=BUSY).first():
        batch_publishing.clear_rows(found)


@job("invoices.expiry_notice", attempts=5, atomic=True)
def send_expiry_notice(*, user: int, instant: str) -> None:
    """Mail one person what was announced at ``instant`` (ISO 8601) and they still see."""
    reader = User.objects.filter(pk=user, is_active=True, email__isnull=False).first()
    if reader:
        expiry_notice.send_notice(reader, announced_at=datetime.fromisoformat(instant))
