"""Wake-up calls; the work is in ``tickets.services``. Each is tried again three times while the
database is away; what is left waits for the next call."""

from functools import partial

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from tickets.services import exits, figures, notices, retention, silence
from tickets.services.numbers import ZONE

waking = partial(
    shared_task, autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60
)


@waking()
def tell_agents_daily() -> None:
    """Who was told already is not told again."""
    notices.send_daily(at=timezone.now())


@waking()
def count_day() -> None:
    """What is left is counted an hour later."""
    figures.count(today=timezone.now().astimezone(ZONE).date())


@waking()
def close_silent() -> None:
    """Notices first: what gets one now is not closed by the same call."""
    now = timezone.now()
    silence.give_notices(at=now)
    silence.close_silent(at=now)


@waking()
def forget_unconfirmed() -> None:
    retention.forget_unconfirmed(at=timezone.now())


@waking()
def remove_old() -> None:
    now = timezone.now()
    retention.remove_old(at=now)
    retention.forget_old_mail(at=now)


@waking()
def clear_exits() -> None:
    """Orders of agents and departments that are no more."""
    now = timezone.now()
    exits.release_of_gone(at=now)
    exits.move_from_closed(at=now)
