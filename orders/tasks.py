"""Wake-up calls; the work is in ``orders.services``. Each is tried again three times while the
database is away; what is left waits for the next call."""

from functools import partial

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from orders.services import deadlines, payment

waking = partial(
    shared_task, autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60
)


@waking()
def follow_payments() -> None:
    payment.follow_missed(at=timezone.now())


@waking()
def cancel_unpaid() -> None:
    deadlines.cancel_unpaid(at=timezone.now())


@waking()
def expire() -> None:
    deadlines.expire(at=timezone.now())


@waking()
def tell_staff() -> None:
    """Who was told today is not told again."""
    deadlines.tell_staff(at=timezone.now())


@waking()
def remove_old_files() -> None:
    deadlines.remove_old_files(at=timezone.now())
