"""Wake-up calls; the work is in ``certificates.entrance.services``."""

from celery import shared_task
from django.utils import timezone

from certificates.entrance import services


@shared_task(autoretry_for=(Exception,), max_retries=3, retry_backoff=60)
def housekeeping() -> None:
    services.delete_old_tickets(at=timezone.now())
