"""Waking a worker. Best effort: the sweep finds whatever nobody was woken for."""

import logging
import threading
import time

from portal.outbox import tasks

logger = logging.getLogger(__name__)

BURST = 50  # wake-ups a second and process; beyond that one sweep does for all
SILENCE = 15.0  # seconds without trying after the broker was down


class _Bell:
    """Counts rings, so that neither ten thousand mails nor a dead broker slow a request down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second = 0
        self._rung = 0
        self._silent_until = 0.0

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

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]


bell = _Bell()


def deliver(pk: int) -> None:
    """Ask a worker to take this entry. Never raises; waits a second at most for a dead broker."""
    what = bell.ring()
    if not what:
        return
    try:
        if what == "entry":
            tasks.deliver.apply_async((pk,), retry=False)
        else:
            tasks.sweep.apply_async(retry=False)
    except Exception as error:  # noqa: BLE001  (kombu lets any transport's errors through)
        bell.silence()
        logger.warning(
            "The broker did not answer (%s); the sweep will do it.", type(error).__name__
        )
