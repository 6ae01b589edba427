"""Handing in a batch of documents, and having it published."""

from datetime import datetime

from django.http import HttpRequest

from certificates.services import current_signer
from invoices.models import Batch
from portal.accounts.models import User
from portal.batches import services as batches
from portal.batches.services import Upload

PREFIX = "invoices/batches"


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
    uploads = {"file_key": file, "manifest_key": manifest}
    batch = Batch(name=name[:120], created_by=by)
    return batches.receive(batch, uploads, prefix=PREFIX, request=request)


def publish(batch: Batch, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Start publishing a checked batch, or go on with one that stopped.

    Raises IllegalTransition when it is not (or no longer) to be published, NoSigner when there is
    nothing to sign with.
    """
    current_signer(at)
    batches.apply(batch, by=by, at=at, request=request)
