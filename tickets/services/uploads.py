"""Files of an order, on their way from a form or a mail into the private store.

A form that is refused keeps its files: see ``portal.files.kept``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from portal.files import kept
from portal.files.services import safe_name, store, unclaimed
from tickets.services.thread import NewFile


def store_all(files: Iterable[Any]) -> list[NewFile]:
    """Store the files of a form. Outside any transaction; ``add_entry`` claims them.

    Those that are stored already stay as they are. What is never claimed, since the form came twice
    or a process died, the store sweeps up.
    """
    return [file if isinstance(file, NewFile) else _store(file) for file in files]


def reference(file: NewFile, *, holder: str) -> str:
    """What stands in a form for a stored file. It serves ``holder`` alone: who sent it, and where."""
    return kept.reference(asdict(file), holder=holder)


def referred(references: Iterable[str], *, holder: str) -> list[NewFile]:
    """The files that these references of ``holder`` lead to, each once: without those that were
    claimed or removed meanwhile, that are another's, or that nobody signed."""
    named = {text: found for text in references if (found := _named(text, holder))}
    waiting = unclaimed(file.key for file in named.values())
    return list({file.key: file for file in named.values() if file.key in waiting}.values())


def still_waiting(files: Sequence[NewFile]) -> list[NewFile]:
    """Those that nobody claimed meanwhile."""
    waiting = unclaimed(file.key for file in files)
    return [file for file in files if file.key in waiting]


def _store(file: Any) -> NewFile:
    stored = store(file, prefix="tickets", name=file.name)
    return NewFile(
        key=stored.key, name=safe_name(file.name), content_type=stored.content_type,
        size=stored.size, sha256=stored.sha256,
    )  # fmt: skip


def _named(text: str, holder: str) -> NewFile | None:
    values = kept.values_of(text, holder=holder)
    return NewFile(**values) if values else None
