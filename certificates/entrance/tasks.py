"""Wake-up calls; the work is in ``jobs``."""

from celery import shared_task
from django.utils import timezone

from certificates.entrance import jobs


@shared_task(autoretry_for=(Exception,), max_retries=3, retry_backoff=60)
def housekeeping() -> None:
    jobs.housekeeping(at=timezone.now())
