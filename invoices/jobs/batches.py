"""The jobs of a batch: check, publish, tell the clients, undo, clear. Each is idempotent.

Long ones work for a while and then queue what is left, so that no worker is held for long and
other jobs get their turn.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.jobs import checking, publishing
from invoices.jobs.mailing import readers, tell_published
from invoices.jobs.sources import stored_source
from invoices.models import Batch, Document
from portal.accounts.models import Unit, User
from portal.outbox.registry import job
from portal.outbox.services import enqueue_job

SLICE_SECONDS = 20.0


def _stuck(batch: int, **_arguments: Any) -> None:
    """Given up for now: the batch says so, and its page offers to go on."""
    Batch.objects.filter(pk=batch).update(
        problem=_("The work stopped after several attempts. See the outbox for the reason.")
    )


@job("invoices.check_batch", attempts=5, gave_up=_stuck)
def check_batch(batch: int) -> None:
    """Look at every row of an uploaded batch."""
    found = Batch.objects.filter(pk=batch).first()
    if found is None or not checking.begin(found):
        return
    try:
        with stored_source(found) as source:
            done = checking.check(found, source, seconds=SLICE_SECONDS)
    except ValidationError as error:
        checking.refuse(found, " ".join(error.messages))
    except checking.Stopped:
        return
    else:
        if not done:
            enqueue_job(
                "invoices.check_batch", key=f"batch-check:{batch}:{found.done}", batch=batch
            )


@job("invoices.publish_batch", attempts=8, gave_up=_stuck)
def publish_batch(batch: int, by: int | None) -> None:
    """Publish what is left of a batch."""
    _go_on("publish", Batch.Status.PUBLISHING, publishing.publish_rows, batch, by)


@job("invoices.undo_batch", attempts=8, gave_up=_stuck)
def undo_batch(batch: int, by: int | None) -> None:
    """Withdraw what is left to withdraw of a batch."""
    _go_on("undo", Batch.Status.UNDOING, publishing.undo_rows, batch, by)


def _go_on(name: str, status: str, work: Callable[..., bool], pk: int, by: int | None) -> None:
    batch = Batch.objects.filter(pk=pk, status=status).first()
    if batch is None:
        return
    user = User.objects.filter(pk=by).first() if by is not None else None
    if not work(batch, by=user, seconds=SLICE_SECONDS):
        key = f"batch-{name}:{pk}:{timezone.now():%Y%m%d%H%M%S%f}"
        enqueue_job(f"invoices.{name}_batch", key=key, batch=pk, by=by)


@job("invoices.tell_clients", attempts=8)
def tell_clients(batch: int) -> None:
    """One mail to each client with all the documents of this batch that they may see."""
    at = timezone.now()
    documents = Document.objects.filter(batch_row__batch=batch)
    units = Unit.objects.filter(documents__batch_row__batch=batch)
    for pk in list(readers(units, at=at).values_list("pk", flat=True)):
        user = User.objects.get(pk=pk)
        with transaction.atomic():
            tell_published(user, documents, key=f"batch:{batch}:user:{user.pk}", at=at)


@job("invoices.clear_batch", attempts=8)
def clear_batch(batch: int) -> None:
    """Remove the staged files of a discarded batch."""
    found = Batch.objects.filter(pk=batch, status=Batch.Status.DISCARDED).first()
    if found:
        publishing.clear_rows(found)
