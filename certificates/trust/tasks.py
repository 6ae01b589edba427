"""Wake-up calls; the work is in ``certificates.trust.services``."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from certificates.trust import services


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def refresh() -> None:
    """Three retries while the database is away; beat comes again in an hour."""
    services.refresh(at=timezone.now())
