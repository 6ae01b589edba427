"""Celery's beat, for a clock that may go back."""

from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

TOLERANCE = timedelta(minutes=1)


class Scheduler(PersistentScheduler):
    """Forgets that something ran in the future: else it would not run until then."""

    def tick(self, *arguments: Any, **options: Any) -> Any:
        ahead = [entry for entry in self.schedule.values() if is_ahead(entry)]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            self._heap = None  # is made anew, from these times
        return super().tick(*arguments, **options)


def is_ahead(entry: Any) -> bool:
    """Whether this entry ran later than now, by the clock of now."""
    return bool(entry.last_run_at > entry.default_now() + TOLERANCE)
