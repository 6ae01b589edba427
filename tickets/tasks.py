"""Wake-up calls; the work is in ``tickets.services``. Each is tried again three times while the
database is away; what is left waits for the next call."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from portal.mail_tokens import NotReached, SignInRefused
from tickets.models import Mailbox
from tickets.services import exits, figures, incoming, mailboxes, notices, retention, silence
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


@shared_task(ignore_result=True)
def poll_mailboxes() -> None:
    """Has each due mailbox asked, by a worker of its own. Beat comes again in a minute."""
    at = timezone.now()
    for pk in Mailbox.objects.due(at=at).values_list("pk", flat=True):
        poll_mailbox.apply_async(args=(pk,), expires=55)
    mailboxes.alert_silent(at=at)


@shared_task(ignore_result=True)
def poll_mailbox(pk: int) -> None:
    """What went wrong stands on the mailbox, which is asked again after a pause."""
    if mailbox := Mailbox.objects.select_related("department__desk").filter(pk=pk).first():
        with suppress(SignInRefused, NotReached):
            mailboxes.poll(mailbox, at=timezone.now())


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def take_waiting() -> None:
    """Three retries while the database is away; beat comes again."""
    at = timezone.now()
    incoming.wake_forgotten(before=at - timedelta(hours=1), at=at)
