"""Wake-up calls; the work is in ``tickets.services``."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from tickets.services import figures, notices
from tickets.services.numbers import ZONE


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def tell_agents_daily() -> None:
    """Three retries while the database is away; who was told already is not told again."""
    notices.send_daily(at=timezone.now())


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def count_day() -> None:
    """Three retries while the database is away; what is left is counted an hour later."""
    figures.count(today=timezone.now().astimezone(ZONE).date())
