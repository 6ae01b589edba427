"""Wake-up calls; the work is in ``portal.payments.services``."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from portal.batches.services import discard_forgotten
from portal.payments.models import BankFile
from portal.payments.services import lateness


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def give_up_forgotten_files() -> None:
    """Three retries while the database is away; beat comes again tomorrow."""
    discard_forgotten(BankFile.objects.all(), at=timezone.now())


@shared_task(autoretry_for=(OperationalError,), max_retries=3, default_retry_delay=60)
def tell_late() -> None:
    """Who was told already is not told again."""
    lateness.tell_late(at=timezone.now())
