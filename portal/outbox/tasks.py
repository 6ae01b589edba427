"""Wake-up calls. The truth is in the table: a call that is lost or comes twice does no harm."""

from celery import shared_task
from django.utils import timezone

from portal.outbox import delivery


@shared_task(ignore_result=True, max_retries=0)
def deliver(pk: int) -> None:
    """Not retried by Celery: the entry notes its failure and when it is due again."""
    delivery.deliver(pk)


@shared_task(ignore_result=True, max_retries=0, expires=60)
def sweep() -> None:
    """Not retried: beat comes again."""
    delivery.sweep()


@shared_task(ignore_result=True, max_retries=0)
def prune() -> None:
    """Not retried: beat comes again."""
    delivery.prune(timezone.now())
