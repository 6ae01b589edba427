"""Works on a batch for a while, then queues what is left, so that no worker is held for long."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils import timezone

from invoices.models import Batch
from invoices.services import batch_checking, batch_publishing, batch_undoing
from invoices.services.batch_sources import stored_source
from portal.accounts.models import User
from portal.outbox.services import enqueue_job

SLICE_SECONDS = 20.0


def check(batch: Batch) -> None:
    """Check the next rows; refuse the batch when its manifest is of no use."""
    if not batch_checking.begin(batch):
        return
    try:
        with stored_source(batch) as source:
            done = batch_checking.check(batch, source, seconds=SLICE_SECONDS)
    except ValidationError as error:
        batch_checking.refuse(batch, " ".join(error.messages))
    except batch_checking.Stopped:
        return
    else:
        if not done:
            key = f"batch-check:{batch.pk}:{batch.done}"
            enqueue_job("invoices.check_batch", key=key, batch=batch.pk)


def publish(batch: Batch, *, by: User | None) -> None:
    """Publish the next rows of a batch that is being published."""
    if batch.status == Batch.Status.PUBLISHING:
        _go_on("publish", batch_publishing.publish_rows, batch, by)


def undo(batch: Batch, *, by: User | None) -> None:
    """Withdraw the next documents of a batch that is being undone."""
    if batch.status == Batch.Status.UNDOING:
        _go_on("undo", batch_undoing.undo_rows, batch, by)


def _go_on(name: str, work: Callable[..., bool], batch: Batch, by: User | None) -> None:
    if not work(batch, by=by, seconds=SLICE_SECONDS):
        key = f"batch-{name}:{batch.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
        enqueue_job(f"invoices.{name}_batch", key=key, batch=batch.pk, by=by.pk if by else None)
