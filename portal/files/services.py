"""The private store: every file has a row that owns it, or is on its way out.

Storing: ``stored = store(...)`` outside any transaction, then ``claim(stored.key)`` in the
transaction that creates the row that owns it. Removing: ``delete_later(key)`` in the transaction
that removes or empties that row. A process killed in between leaves work for ``sweep``, not litter.
"""

import hashlib
import io
import logging
import os
import re
import tempfile
import unicodedata
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from portal.files import sniffing
from portal.files.models import DoomedFile, PendingFile
from portal.files.serving import serve
from portal.files.uploads import upload_folder

__all__ = [
    "FileGone", "Stored", "claim", "delete", "delete_later", "drop_unclaimed", "open_file", "reserve", "safe_name",
    "serve", "store", "sweep", "unclaimed",
]  # fmt: skip

logger = logging.getLogger(__name__)
UNCLAIMED_FOR = timedelta(hours=24)
_CHUNK = 500
_SPOOL_BYTES = 1024**2
_PREFIX = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")
_UNSAFE = re.compile(r"[^\w .,()@+\-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class FileGone(Exception):
    """The file waited too long to be claimed and was removed; store it again."""


@dataclass(frozen=True)
class Stored:
    """A stored file: ``size`` in bytes, ``sha256`` in hexadecimal."""

    key: str
    size: int
    sha256: str
    content_type: str


def reserve(names: Iterable[str], *, prefix: str) -> list[str]:
    """Keys for files about to be stored, noted in one commit; for ``store(..., key=…)`` in bulk."""
    keys = [_new_key(prefix, name) for name in names]
    with transaction.atomic(durable=True):
        PendingFile.objects.bulk_create([PendingFile(key=key) for key in keys], batch_size=_CHUNK)
    return keys


def store(file: BinaryIO | File[Any] | bytes, *, prefix: str, name: str, key: str = "") -> Stored:
    """Write a file into the store under a key of its own, and note it until it is claimed.

    ``prefix`` groups keys ("invoices/documents"); ``name`` gives the extension and decides
    between CSV and text. Must be called outside a transaction (RuntimeError), or a rollback
    would forget the file. Memory stays flat whatever its size.
    """
    stream = _seekable(file)
    content_type = sniffing.sniff(stream, name=name)
    size, sha256 = _measure(stream)
    key = key or reserve([name], prefix=prefix)[0]
    stored_as = _save(key, stream)
    if stored_as != key:  # a uuid met twice: cannot happen, and must not go unnoticed
        default_storage.delete(stored_as)
        raise FileExistsError(key)
    return Stored(key, size, sha256, content_type)


def _save(key: str, stream: BinaryIO) -> str:
    """Write the file. What was written of it is removed when that fails: on a full disk at once."""
    try:
        return default_storage.save(key, File(stream, name=key))
    except Exception:
        with suppress(Exception):
            default_storage.delete(key)
            PendingFile.objects.filter(key=key).delete()
        raise


def claim(*keys: str) -> None:
    """Say, in the transaction that creates their owner, that these files are owned.

    Raises FileGone when one of them is no longer waiting.
    """
    with transaction.atomic():
        deleted, _ = PendingFile.objects.filter(key__in=set(keys)).delete()
        if deleted != len(set(keys)):
            raise FileGone(", ".join(keys))


def unclaimed(keys: Iterable[str]) -> set[str]:
    """Those of these files that are stored, and that no row owns."""
    waiting = PendingFile.objects.filter(key__in=set(keys))
    return set(waiting.values_list("key", flat=True))


def drop_unclaimed(*keys: str) -> None:
    """Remove those of these files that nobody claimed; those that are owned stay."""
    with transaction.atomic():
        waiting = PendingFile.objects.filter(key__in=set(keys))
        left = list(waiting.values_list("key", flat=True))
        waiting.delete()
        delete_later(*left)


def open_file(key: str) -> BinaryIO:
    """The file's bytes, as a stream to be closed. FileNotFoundError when there is none."""
    return cast(BinaryIO, default_storage.open(key, "rb"))


def delete(key: str) -> None:
    """Remove a file now. Twice does no harm."""
    if key:
        default_storage.delete(key)


def delete_later(*keys: str) -> None:
    """Within a transaction: once it commits these files are removed, now or by the sweep."""
    doomed = [DoomedFile(key=key) for key in keys if key]
    DoomedFile.objects.bulk_create(doomed, ignore_conflicts=True, batch_size=_CHUNK)
    if doomed:
        transaction.on_commit(partial(_remove_now, [row.key for row in doomed]), robust=True)


def _remove_now(keys: list[str]) -> None:
    """Right after the commit: the files one by one, their rows in one statement, not one each."""
    removed = [key for key in keys if _delete_or_note(key)]
    DoomedFile.objects.filter(key__in=removed).delete()


def remove_doomed(key: str) -> bool:
    """Remove one doomed file and its row; False when the store refuses (the row says why)."""
    if not _delete_or_note(key):
        return False
    DoomedFile.objects.filter(key=key).delete()
    return True


def _delete_or_note(key: str) -> bool:
    try:
        default_storage.delete(key)
    except Exception as error:  # noqa: BLE001  (stores differ in what they raise)
        logger.warning("The store refused to delete %s: %s", key, type(error).__name__)
        DoomedFile.objects.filter(key=key).update(
            attempts=F("attempts") + 1, error=f"{type(error).__name__}: {error}"[:300]
        )
        return False
    return True


def sweep(*, at: datetime) -> tuple[int, int]:
    """Doom what was not claimed within 24 h of ``at``, then remove what is doomed.

    Returns (removed, refused by the store). Safe to run twice at once.
    """
    while _doom_unclaimed(at - UNCLAIMED_FOR):
        pass
    removed = refused = last = 0
    while rows := list(
        DoomedFile.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "key")[:_CHUNK]
    ):
        for pk, key in rows:
            last = pk
            if remove_doomed(key):
                removed += 1
            else:
                refused += 1
    return removed, refused


def store_answers() -> bool:
    """Whether files could be stored now. A bucket that does not answer raises what its driver does."""
    if hasattr(default_storage, "querystring_auth"):
        default_storage.exists("saude")
        return True
    folder = Path(default_storage.path(""))
    existing = next(found for found in (folder, *folder.parents) if found.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def safe_name(text: str) -> str:
    """A file name that every system accepts: accents stay; separators, controls and tricks go.

    At most 120 characters, its extension kept; never empty.
    """
    text = unicodedata.normalize("NFC", text)
    text = _UNSAFE.sub("-", text)
    text = re.sub(r"\s+", " ", text).strip(" .-")
    if _RESERVED.match(text):
        text = f"_{text}"
    stem, dot, extension = text.rpartition(".")
    if dot and len(extension) <= 10:
        text = f"{stem[: 119 - len(extension)].rstrip(' .-')}.{extension}"
    return text[:120] or "arquivo"


def _doom_unclaimed(before: datetime) -> int:
    """One chunk. Whoever claims at the same moment wins or gets FileGone, never half of each."""
    with transaction.atomic():
        waiting = PendingFile.objects.filter(created_at__lt=before).order_by("pk")
        rows = list(waiting.select_for_update(skip_locked=True)[:_CHUNK])
        DoomedFile.objects.bulk_create(
            [DoomedFile(key=row.key) for row in rows], ignore_conflicts=True
        )
        PendingFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _new_key(prefix: str, name: str) -> str:
    if not _PREFIX.fullmatch(prefix) or len(prefix) > 60:
        raise ValueError(f"Not a prefix: {prefix!r}")
    unique = uuid.uuid4().hex
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if not re.fullmatch(r"[a-z0-9]{1,8}", extension):
        extension = "bin"
    return f"{prefix}/{unique[:2]}/{unique}.{extension}"


def _seekable(file: BinaryIO | File[Any] | bytes) -> BinaryIO:
    """The file itself, or a copy on disk of a stream that cannot be read twice."""
    if isinstance(file, bytes):
        return io.BytesIO(file)
    if file.seekable():
        return cast(BinaryIO, file)
    copy = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES, dir=str(upload_folder()))  # noqa: SIM115
    while chunk := file.read(_SPOOL_BYTES):
        copy.write(chunk)
    return cast(BinaryIO, copy)


def _measure(stream: BinaryIO) -> tuple[int, str]:
    stream.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_SPOOL_BYTES):
        digest.update(chunk)
        size += len(chunk)
    stream.seek(0)
    return size, digest.hexdigest()
