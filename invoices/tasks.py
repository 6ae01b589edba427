"""Wake-up calls; the work is in ``invoices.services``."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from invoices.models import Batch
from invoices.services import expiry_notice, removal
from portal.batches.services import discard_forgotten


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def expire_documents() -> None:
    """Three retries while the database is away; what is left waits for the next hour."""
    removal.expire(as_of=timezone.now())


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def send_expiry_notices() -> None:
    """Three retries while the database is away; beat comes again tomorrow."""
    expiry_notice.announce(at=timezone.now())


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def give_up_forgotten_batches() -> None:
    """Three retries while the database is away; beat comes again tomorrow."""
    discard_forgotten(Batch.objects.all(), at=timezone.now())
