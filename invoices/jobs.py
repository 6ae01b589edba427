"""The invoice desk's jobs: each loads by key, calls a service, and may run twice.

Services queue them by name (``enqueue_job("invoices.check_batch", …)``).
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from invoices.models import Batch
from invoices.services import batch_actions, batch_publishing, batch_slices, expiry_notice, mailing
from portal.accounts.models import User
from portal.outbox.registry import job


def _user(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk is not None else None


def _say_stopped(batch: int, **_arguments: Any) -> None:
    batch_actions.say_stopped(Batch.objects.filter(pk=batch))


@job("invoices.check_batch", attempts=5, gave_up=_say_stopped)
def check_batch(batch: int) -> None:
    """Check the next rows of an uploaded batch."""
    if found := Batch.objects.filter(pk=batch).first():
        batch_slices.check(found)


@job("invoices.publish_batch", attempts=8, gave_up=_say_stopped)
def publish_batch(batch: int, by: int | None) -> None:
    """Publish the next rows of a batch."""
    if found := Batch.objects.filter(pk=batch).first():
        batch_slices.publish(found, by=_user(by))


@job("invoices.undo_batch", attempts=8, gave_up=_say_stopped)
def undo_batch(batch: int, by: int | None) -> None:
    """Withdraw the next documents of a batch."""
    if found := Batch.objects.filter(pk=batch).first():
        batch_slices.undo(found, by=_user(by))


@job("invoices.tell_clients", attempts=8)
def tell_clients(batch: int) -> None:
    """Mail each client the documents of this batch that they may see."""
    if found := Batch.objects.filter(pk=batch).first():
        mailing.tell_clients_of_batch(found, at=timezone.now())


@job("invoices.clear_batch", attempts=8)
def clear_batch(batch: int) -> None:
    """Remove the staged files of a discarded batch."""
    if found := Batch.objects.filter(pk=batch, status=Batch.Status.DISCARDED).first():
        batch_publishing.clear_rows(found)


@job("invoices.expiry_notice", attempts=5, atomic=True)
def send_expiry_notice(*, user: int, instant: str) -> None:
    """Mail one person what was announced at ``instant`` (ISO 8601) and they still see."""
    reader = User.objects.filter(pk=user, is_active=True, email__isnull=False).first()
    if reader:
        expiry_notice.send_notice(reader, announced_at=datetime.fromisoformat(instant))
