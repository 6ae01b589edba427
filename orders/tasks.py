"""Wake-up calls; the work is in ``orders.services``. Each is tried again three times while the
database is away; what is left waits for the next call."""

from datetime import timedelta
from functools import partial

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from orders.services import deadlines, emission, holds, invites, payment, slots

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


@waking()
def release_holds() -> None:
    """Times that were kept and not confirmed."""
    holds.release_lapsed(at=timezone.now())


@waking()
def remind_of_appointments() -> None:
    """Who was reminded already is not reminded again."""
    invites.remind(at=timezone.now())


@waking()
def forget_cells() -> None:
    """Counts of desk-time that is over for a month."""
    slots.forget_past(before=timezone.now() - timedelta(days=30))


@waking()
def ask_authority() -> None:
    """About certificate requests whose time has come; a job asks about each."""
    emission.wake_due(at=timezone.now())
