"""Wake-up calls; the work is in ``portal.reminders.services``."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from portal.reminders.services import daily


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def remind() -> None:
    """Three retries while the database is away; beat comes again tomorrow."""
    daily.remind(at=timezone.now())
