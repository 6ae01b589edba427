"""Wake-up calls; the work is in ``jobs``."""

from celery import shared_task
from django.utils import timezone

from portal.accounts import jobs
from portal.accounts.services import certificate_only, registration


@shared_task(autoretry_for=(Exception,), max_retries=3, retry_backoff=60)
def housekeeping() -> None:
    jobs.housekeeping(at=timezone.now())


@shared_task(autoretry_for=(Exception,), max_retries=3, retry_backoff=60)
def remind_certificate_only() -> None:
    certificate_only.remind(at=timezone.now())


@shared_task(autoretry_for=(Exception,), max_retries=3, retry_backoff=60)
def forget_registrations() -> None:
    registration.forget_over(at=timezone.now())
