"""The jobs of a batch: check, publish, tell the clients, undo, clear. Each is idempotent.

Long ones work for a while and then queue what is left, so that no worker is held for long and
other jobs get their turn.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.jobs import checking, publishing
from invoices.jobs.mailing import readers, tell_published
from invoices.jobs.sources import stored_source
from invoices.models import Batch, Document
from portal.accounts.models import Unit, User
from portal.audit.services import record
from portal.files.services import delete_later
from portal.outbox.registry import job
from portal.outbox.services import enqueue_job
from portal.transitions import IllegalTransition, advance

SLICE_SECONDS = 20.0
FORGOTTEN_AFTER = timedelta(days=30)


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


@transaction.atomic
def give_up(batch: Batch, *, by: User | None, request: HttpRequest | None = None) -> None:
    """Discard a batch that was not published, and remove its files. Raises IllegalTransition."""
    advance(batch, to=Batch.Status.DISCARDED)
    delete_later(batch.file_key, batch.manifest_key)
    Batch.objects.filter(pk=batch.pk).update(file_key="", manifest_key="")
    enqueue_job("invoices.clear_batch", key=f"batch-clear:{batch.pk}", batch=batch.pk)
    record("batch.discarded", target=batch, actor=by, request=request)


def give_up_forgotten(*, at: datetime) -> int:
    """Discard what was handed in a month ago and never published; how many.

    Its files are clients' documents, which nobody may keep for longer than need be.
    """
    waiting = (Batch.Status.UPLOADED, Batch.Status.CHECKED, Batch.Status.REFUSED)
    forgotten = Batch.objects.filter(status__in=waiting, created_at__lte=at - FORGOTTEN_AFTER)
    given_up = 0
    for batch in forgotten.order_by("pk"):
        with suppress(IllegalTransition):  # somebody publishes it just now
            give_up(batch, by=None)
            given_up += 1
    return given_up
