"""Wake-up calls; the work is in ``certificates.services``."""

from datetime import timedelta

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from certificates.services.known import delete_unused
from certificates.services.revocations import note_revocations as note


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def note_revocations() -> None:
    """Three retries while the database is away; beat comes again tomorrow."""
    note(at=(now := timezone.now()))
    delete_unused(before=now - timedelta(days=1))
