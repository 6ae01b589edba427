"""Wake-up calls; the work is in ``portal.audit.heads``."""

from celery import shared_task
from django.utils import timezone

from portal.audit import heads


@shared_task
def note_heads() -> None:
    """Once a day. What a run missed is in the next file."""
    heads.note(at=timezone.now())
