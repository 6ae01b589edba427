"""Races and waiting in tests: several at the same moment, and until something has come true."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection, connections

T = TypeVar("T")
# Far longer than anything takes on a machine that is busy: after this it has come to a stop.
PATIENCE_SECONDS = 900.0


def at_once(*works: Callable[[], object], connected: bool = True) -> list[Any]:
    """Run each in a thread, all begun at the same moment; what each gave back or raised.

    Each has a connection of its own to the database, made beforehand if ``connected``.
    """
    barrier = threading.Barrier(len(works), timeout=PATIENCE_SECONDS)
    outcomes: dict[int, object] = {}

    def run(number: int, work: Callable[[], object]) -> None:
        try:
            if connected:
                connection.ensure_connection()
            barrier.wait()
            outcomes[number] = work()
        except BaseException as error:  # noqa: BLE001
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[number] for number in range(len(works))]


def wait_until(found: Callable[[], T], what: str, *, state: Callable[[], object] = lambda: "") -> T:
    """What ``found`` gives once it is true. Fails with ``what`` was waited for and the ``state``."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (value := found()):
        assert time.monotonic() < end, f"Waited in vain for {what}. {state()}"
        time.sleep(0.05)
    return value
