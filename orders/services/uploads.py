"""The file of a dossier, on its way from a form into the private store; see ``portal.files.kept``."""

from dataclasses import asdict, dataclass
from typing import Any

from portal.files import kept
from portal.files.services import Stored, safe_name, store, unclaimed


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that is stored and that no document owns yet."""

    name: str
    stored: Stored


def store_file(file: Any) -> StoredFile:
    """Store the file of a form; one that is stored stays as it is. Outside any transaction."""
    if isinstance(file, StoredFile):
        return file
    name = safe_name(file.name)
    return StoredFile(name=name, stored=store(file, prefix="orders", name=name))


def reference(file: StoredFile, *, holder: str) -> str:
    """What stands in a form for a stored file; it serves ``holder`` alone."""
    return kept.reference(asdict(file), holder=holder)


def referred(text: str, *, holder: str) -> StoredFile | None:
    """The file that a reference of ``holder`` leads to; None once it was claimed or removed."""
    values = kept.values_of(text, holder=holder)
    if values is None or not unclaimed([values["stored"]["key"]]):
        return None
    return StoredFile(name=values["name"], stored=Stored(**values["stored"]))
