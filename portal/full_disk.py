"""Whether an error says that the disk is full, and what may go on then. Knows no model."""

import errno
import logging
from collections.abc import Callable

from django.db import DatabaseError

logger = logging.getLogger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_SQLITE = "database or disk is full"
_POSTGRES = "53100"  # disk_full


def is_full_disk(error: BaseException | None) -> bool:
    """Whether this error, or one that led to it, is about room on a disk."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        if isinstance(error, DatabaseError) and _SQLITE in str(error):
            return True
        if getattr(error, "sqlstate", "") == _POSTGRES:
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def note_if_there_is_room(note: Callable[[], object]) -> bool:
    """Make a note that reading leaves; False when the disk is full, and the page goes on.

    Not inside a transaction, which the database may have given up.
    """
    try:
        note()
    except DatabaseError as error:
        if not is_full_disk(error):
            raise
        logger.error("The disk is full: what was read is not noted.")
        return False
    return True
