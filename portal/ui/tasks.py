"""Housekeeping of forms that were sent."""

from celery import shared_task
from django.utils import timezone

from portal.ui.once import forget


@shared_task(ignore_result=True, max_retries=0)
def forget_sent_forms() -> None:
    """Not retried: beat comes again."""
    forget(at=timezone.now())
