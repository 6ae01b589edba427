"""Wake-up calls; the work is in ``proxies.services``. Each is tried again three times while the
database is away; what is left waits for the next call."""

from functools import partial

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from proxies.services import checks, importing, leaving

waking = partial(
    shared_task, autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60
)


@waking()
def check_due() -> None:
    """What was handed over is not due again before long."""
    checks.enqueue_due(at=timezone.now())


@waking()
def forget_checks() -> None:
    checks.forget_old(at=timezone.now())


@waking()
def destroy_left() -> None:
    """Values of offices that left long ago."""
    leaving.follow_left(at=timezone.now())


@waking()
def discard_imports() -> None:
    importing.discard_waiting(at=timezone.now())
