"""Races and waiting in tests: several at the same moment, and until something has come true."""

import re
import threading
import time
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, connections
from django.test import Client

from portal.ui.once import TOKEN
from tests.factories import Cast

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


# Long enough for all to have looked; whoever waits for a lock of another makes all wait so long.
LOOKED_SECONDS = 0.4
Work = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Race:
    """What several may do at the same moment: a double click, two clerks, two workers.

    ``services``: full names of the functions that it runs. ``prepare`` gives what each does; it
    runs before. ``leaves``: how many rows are new afterwards, by model (``app.Model``).
    ``told``: what all but the first are told by an exception, where that is the service's answer.
    """

    name: str
    services: Set[str]
    prepare: Callable[[Cast], Work]
    leaves: Mapping[str, int]
    told: tuple[type[Exception], ...] = ()


def all_look_first(
    work: Work, barrier: threading.Barrier, tables: Set[str], seconds: float = LOOKED_SECONDS
) -> Work:
    """``work``, which waits before its first INSERT into one of ``tables`` until all wait there,
    or for so many ``seconds``.

    So each has looked for what is there before anybody writes: the worst case, each time.
    """

    def run() -> object:
        waited = False

        def wait(execute: Any, sql: str, *rest: Any) -> Any:
            nonlocal waited
            into = re.match(r'INSERT INTO "(\w+)"', sql)
            if into and into[1] in tables and not waited:
                waited = True
                with suppress(threading.BrokenBarrierError):
                    barrier.wait(timeout=seconds)
            return execute(sql, *rest)

        with connection.execute_wrapper(wait):
            return work()

    return run


def sending(browser: Client, address: str, data: Mapping[str, Any]) -> Work:
    """One rendered form, sent once more by each who does this; fails where it is not a redirect."""
    filled = {**data, TOKEN: "x" * 64}

    def send() -> str:
        again = Client()
        again.cookies.update(browser.cookies)
        for value in filled.values():
            if hasattr(value, "seek"):
                value.seek(0)
        response = again.post(address, filled)
        assert response.status_code == 302, response.status_code
        return str(response["Location"])

    return send
