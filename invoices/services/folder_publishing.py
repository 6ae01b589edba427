"""Checks and publishes a folder in the process that asks, by the steps of a batch."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.core.exceptions import ValidationError

from certificates.services import current_signer
from invoices.models import Batch
from invoices.services import batch_checking, batch_publishing
from invoices.services.batch_sources import FolderSource
from portal import sandbox
from portal.accounts.models import User
from portal.batches import services as batches
from portal.batches import slices
from portal.batches.models import OPEN, BatchStatus

Progress = Callable[[Batch], None]


def check_folder(
    folder: Path, manifest: Path | None, *, by: User | None, progress: Progress | None = None,
    publish_as_of: datetime | None = None,
) -> Batch:  # fmt: skip
    """The batch of a folder, checked. One that was begun before, with the same files, goes on.

    Raises ValidationError when the folder as a whole is of no use; nothing is kept of it then.
    """
    source = FolderSource(folder, manifest)
    sha256 = _fingerprint(folder, manifest)
    found = Batch.objects.filter(source=Batch.Source.FOLDER, sha256=sha256, status__in=OPEN)
    batch = found.filter(publish_as_of=publish_as_of).order_by("pk").first()
    if batch is None:
        batch = Batch.objects.create(
            name=folder.resolve().name[:120], source=Batch.Source.FOLDER, sha256=sha256,
            created_by=by, publish_as_of=publish_as_of,
        )  # fmt: skip
    if slices.begin_checking(batch):
        try:
            batch_checking.check(batch, source, seconds=slices.WITHOUT_END, progress=progress)
        except sandbox.Busy:  # the same folder, given again, goes on
            raise
        except ValidationError as error:
            slices.refuse(batch, " ".join(error.messages))
            raise
    batch.refresh_from_db()
    return batch


def publish_here(
    batch: Batch, *, by: User | None, at: datetime, progress: Progress | None = None
) -> None:
    """Publish a checked batch in this process, or go on with it; then queue the mails.

    Raises IllegalTransition when it has errors or is not to be published, and NoSigner.
    """
    current_signer(at)
    if batch.status != BatchStatus.APPLYING:
        batches.start_applying(batch, by=by, at=at)
    done = False
    while not done:
        batch_publishing.publish_rows(batch, by=by, seconds=slices.WITHOUT_END, progress=progress)
        done = slices.finish_applying(batch, by=by)
    batch.refresh_from_db()


def _fingerprint(folder: Path, manifest: Path | None) -> str:
    """Changes when a file comes, goes or is written anew."""
    digest = hashlib.sha256(str(folder.resolve()).encode())
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in [*files, *([manifest] if manifest else [])]:
        state = path.stat()
        digest.update(f"\0{path}\0{state.st_size}\0{state.st_mtime_ns}".encode())
    return digest.hexdigest()
