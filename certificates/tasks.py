"""Wake-up calls; the work is in ``certificates.services``."""

from datetime import timedelta

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from certificates.services import revocations
from certificates.services.known import delete_unused


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def note_revocations() -> None:
    """Three retries while the database is away; beat comes again tomorrow."""
    revocations.note_revocations(at=(now := timezone.now()))
    delete_unused(before=now - timedelta(days=1))


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def end_revoked_logins() -> None:
    """Three retries while the database is away; beat comes again in a quarter of an hour."""
    revocations.end_revoked_logins(at=timezone.now())
