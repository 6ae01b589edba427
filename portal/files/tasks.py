"""Housekeeping of the store."""

from celery import shared_task
from django.utils import timezone

from portal.files import checking, services, uploads


@shared_task(ignore_result=True, max_retries=0)
def sweep() -> None:
    """Not retried: beat comes again, and every step may be repeated."""
    services.sweep(at=timezone.now())
    uploads.sweep_uploads()


@shared_task(ignore_result=True, max_retries=0)
def check() -> None:
    """Not retried: beat comes again, and every step may be repeated."""
    checking.check(at=timezone.now(), doom=True)
