"""Waking a worker. Best effort: the sweep finds whatever nobody was woken for."""

import logging
import threading
import time
from functools import cache
from typing import Any

from kombu import Connection
from kombu.pools import producers

from portal.celery import app
from portal.outbox import tasks

logger = logging.getLogger(__name__)

BURST = 50  # wake-ups a second and process; beyond that one sweep does for all
PATIENCE = 1.0  # seconds for the broker to answer
SILENCE = 15.0  # seconds without trying after it did not


class _Bell:
    """Counts rings, so that neither ten thousand mails nor a dead broker slow a request down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self._second, self._rung, self._silent_until = 0, 0, 0.0

    def ring(self) -> str:
        """What to send now: "entry", "sweep" or nothing."""
        with self._lock:
            now = time.monotonic()
            if now < self._silent_until:
                return ""
            if int(now) != self._second:
                self._second, self._rung = int(now), 0
            self._rung += 1
            return "entry" if self._rung <= BURST else "sweep" if self._rung == BURST + 1 else ""

    def silence(self) -> None:
        with self._lock:
            self._silent_until = time.monotonic() + SILENCE


bell = _Bell()


def deliver(pk: int) -> None:
    """Ask a worker to take this entry. Never raises, and never waits long for a dead broker."""
    what = bell.ring()
    if what == "entry":
        _ask(tasks.deliver, (pk,))
    elif what == "sweep":
        _ask(tasks.sweep, ())


def sweep() -> None:
    """Ask a worker to look for whatever is due, as ``deliver`` does for one entry."""
    if bell.ring():
        _ask(tasks.sweep, ())


def _ask(task: Any, arguments: tuple[int, ...]) -> None:
    try:
        _send(task, arguments)
    except Exception as error:  # noqa: BLE001  (kombu lets any transport's errors through)
        bell.silence()
        logger.warning(
            "The broker did not answer (%s); the sweep will do it.", type(error).__name__
        )


def _send(task: Any, arguments: tuple[int, ...]) -> None:
    with producers[_line()].acquire(block=True, timeout=PATIENCE) as producer:
        task.apply_async(arguments, producer=producer, retry=False)


@cache
def _line() -> Connection:
    """A connection less patient than a worker's, which waits for work in silence."""
    options = {
        **(app.conf.broker_transport_options or {}),
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
        "retry_on_timeout": False,
        "max_retries": 1,
        "interval_start": 0,
    }
    return app.connection_for_write(connect_timeout=PATIENCE, transport_options=options)
