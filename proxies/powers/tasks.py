"""Wake-up calls; the work is in ``proxies.powers.services``. Each is tried again three times while
the database is away; what is left waits for the next call."""

from functools import partial

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from proxies.powers.services import forgetting, life

waking = partial(
    shared_task, autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60
)


@waking()
def end_due() -> None:
    """Powers whose last day has passed."""
    life.end_due(at=timezone.now())


@waking()
def end_left() -> None:
    """Powers of people and companies that are not active any more."""
    life.end_left(at=timezone.now())


@waking()
def discard_drafts() -> None:
    life.discard_old(at=timezone.now())


@waking()
def forget_old() -> None:
    """Powers that ended more than five years ago."""
    forgetting.forget_old(at=timezone.now())
