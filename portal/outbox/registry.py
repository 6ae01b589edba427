"""The functions that outbox jobs may name."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., object])


class GiveUp(Exception):
    """Raised by a job that can never succeed: it is not tried again."""


@dataclass(frozen=True)
class Job:
    """A registered function and how it is run."""

    name: str
    run: Callable[..., object]
    attempts: int
    atomic: bool
    gave_up: Callable[..., object] | None


jobs: dict[str, Job] = {}


def job(
    name: str,
    *,
    attempts: int = 5,
    atomic: bool = False,
    gave_up: Callable[..., object] | None = None,
) -> Callable[[F], F]:
    """Register a job. It must be idempotent: a worker that dies after its effect runs it again.

    With ``atomic`` the function and the note that it is done are one transaction, so effects in
    the database happen exactly once; for jobs of seconds. After ``attempts`` failures ``gave_up``
    is called with the same arguments, so that what waits for the job can say so.
    """

    def register(function: F) -> F:
        known = jobs.get(name)
        if known and known.run.__qualname__ != function.__qualname__:
            raise ValueError(f"Two jobs are called {name!r}.")
        jobs[name] = Job(name, function, attempts, atomic, gave_up)
        return function

    return register


def tell_owner(name: str, arguments: Mapping[str, Any]) -> None:
    """Call ``gave_up`` of a job that will not run. What the owner's code raises is logged only.

    Raised, it would keep the entry, and with it the sweep, in a loop.
    """
    given_up = jobs[name].gave_up if name in jobs else None
    if given_up is None:
        return
    try:
        with transaction.atomic():
            given_up(**arguments)
    except Exception as error:  # noqa: BLE001  (the owner's code may raise anything)
        logger.error("The owner of the job %s could not be told: %s", name, type(error).__name__)
