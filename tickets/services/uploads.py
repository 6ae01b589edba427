"""Files of an order, on their way from a form or a mail into the private store."""

from collections.abc import Iterable
from typing import Any

from portal.files.services import safe_name, store
from tickets.services.thread import NewFile


def store_all(files: Iterable[Any]) -> list[NewFile]:
    """Store the files of a form. Outside any transaction; ``add_entry`` claims them.

    What is never claimed, since the form came twice or a process died, the store sweeps up.
    """
    found = []
    for file in files:
        stored = store(file, prefix="tickets", name=file.name)
        found.append(
            NewFile(
                key=stored.key, name=safe_name(file.name), content_type=stored.content_type,
                size=stored.size, sha256=stored.sha256,
            )
        )  # fmt: skip
    return found
