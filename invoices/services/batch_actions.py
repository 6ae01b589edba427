"""What staff do with a batch: hand it in, publish it, undo it, discard it."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from certificates.services import current_signer
from invoices.models import Batch
from portal.accounts.models import User
from portal.audit.services import record
from portal.files.services import claim, delete, delete_later, store
from portal.outbox.services import enqueue_job
from portal.transitions import IllegalTransition, advance

OPEN = (Batch.Status.UPLOADED, Batch.Status.CHECKING, Batch.Status.CHECKED, Batch.Status.PUBLISHING)
PREFIX = "invoices/batches"
FORGOTTEN_AFTER = timedelta(days=30)
Upload = BinaryIO | File[Any]


def receive(
    file: Upload,
    manifest: Upload | None,
    *,
    name: str,
    by: User,
    request: HttpRequest | None = None,
) -> tuple[Batch, bool]:
    """Keep an uploaded zip (and its manifest) and have it checked in the background.

    Returns the batch and whether it is new: the same zip, sent again while the first is still
    being dealt with, gives that first one.
    """
    stored = store(file, prefix=PREFIX, name="lote.zip")
    beside = store(manifest, prefix=PREFIX, name="manifesto.bin") if manifest else None
    sha256 = stored.sha256 if beside is None else f"{stored.sha256[:32]}{beside.sha256[:32]}"
    with transaction.atomic():
        twin = _open_twin(sha256)
        if twin is None:
            batch = Batch.objects.create(
                name=name[:120], sha256=sha256, created_by=by,
                file_key=stored.key, manifest_key=beside.key if beside else "",
            )  # fmt: skip
            claim(*filter(None, (batch.file_key, batch.manifest_key)))
            enqueue_job("invoices.check_batch", key=f"batch-check:{batch.pk}", batch=batch.pk)
            record(
                "batch.received", target=batch, actor=by, request=request, data={"sha256": sha256}
            )
            return batch, True
    delete(stored.key)
    if beside:
        delete(beside.key)
    return twin, False


def _open_twin(sha256: str) -> Batch | None:
    return Batch.objects.filter(sha256=sha256, status__in=OPEN).order_by("pk").first()


def why_not_publish(batch: Batch) -> str:
    """What stands against publishing a checked batch; "" when nothing does."""
    errors = batch.counts.get("error", 0)
    if errors and batch.status == Batch.Status.CHECKED:
        return _("The batch has rows with errors. Nothing is published until all rows are right.")
    return ""


@transaction.atomic
def publish(batch: Batch, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Start publishing a checked batch, or go on with one that stopped.

    Raises IllegalTransition when it is not (or no longer) to be published, NoSigner when there is
    nothing to sign with.
    """
    current_signer(at)
    if why_not_publish(batch):
        raise IllegalTransition(why_not_publish(batch))
    if batch.status == Batch.Status.CHECKED:
        advance(batch, to=Batch.Status.PUBLISHING, done=0, problem="")
        record(
            "batch.publishing", target=batch, actor=by, request=request, data={"rows": batch.total}
        )
    elif batch.status != Batch.Status.PUBLISHING:
        raise IllegalTransition(_("This batch cannot be published now."))
    _queue("publish", batch, by, at)


@transaction.atomic
def undo(batch: Batch, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Start withdrawing what no client has seen, or go on with it. Raises IllegalTransition."""
    if batch.status != Batch.Status.UNDOING:
        advance(batch, to=Batch.Status.UNDOING, problem="")
        record("batch.undoing", target=batch, actor=by, request=request)
    _queue("undo", batch, by, at)


def _queue(name: str, batch: Batch, by: User, at: datetime) -> None:
    Batch.objects.filter(pk=batch.pk).update(problem="")
    key = f"batch-{name}:{batch.pk}:{at:%Y%m%d%H%M%S%f}"
    enqueue_job(f"invoices.{name}_batch", key=key, batch=batch.pk, by=by.pk)


@transaction.atomic
def discard(batch: Batch, *, by: User | None, request: HttpRequest | None = None) -> None:
    """Discard a batch that was not published, and remove its files. Raises IllegalTransition."""
    advance(batch, to=Batch.Status.DISCARDED)
    delete_later(batch.file_key, batch.manifest_key)
    Batch.objects.filter(pk=batch.pk).update(file_key="", manifest_key="")
    enqueue_job("invoices.clear_batch", key=f"batch-clear:{batch.pk}", batch=batch.pk)
    record("batch.discarded", target=batch, actor=by, request=request)


def discard_forgotten(*, at: datetime) -> int:
    """Discard what was handed in a month ago and never published; how many.

    Its files are clients' documents, which nobody may keep for longer than need be.
    """
    waiting = (Batch.Status.UPLOADED, Batch.Status.CHECKED, Batch.Status.REFUSED)
    forgotten = Batch.objects.filter(status__in=waiting, created_at__lte=at - FORGOTTEN_AFTER)
    discarded = 0
    for batch in forgotten.order_by("pk"):
        with suppress(IllegalTransition):  # somebody publishes it just now
            discard(batch, by=None)
            discarded += 1
    return discarded


def say_stopped(batches: QuerySet[Batch]) -> None:
    """Note on batches that their job was given up, so that their pages offer to go on."""
    batches.update(
        problem=_("The work stopped after several attempts. See the outbox for the reason.")
    )
