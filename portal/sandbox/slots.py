"""A few places for children, shared by every process that has the same ``VAR_DIR``."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from portal.sandbox.errors import Busy

_LOOK_AGAIN = 0.02  # seconds


@contextmanager
def one_slot(wait_seconds: float) -> Iterator[None]:
    """Hold one of ``settings.SANDBOX_AT_ONCE`` places; Busy when none becomes free in time.

    A place is a lock on a file, so it becomes free when its holder dies.
    """
    folder = Path(settings.VAR_DIR) / "sandbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    until = time.monotonic() + wait_seconds
    while (slot := _free_slot(folder)) is None:
        if time.monotonic() >= until:
            raise Busy("no free place")
        time.sleep(_LOOK_AGAIN)
    try:
        yield
    finally:
        os.close(slot)


def _free_slot(folder: Path) -> int | None:
    for number in range(settings.SANDBOX_AT_ONCE):
        slot = os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(slot)
        else:
            return slot
    return None
