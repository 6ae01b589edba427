"""Erases people for tests: what the request does at once, and what a job does after it."""

from django.utils import timezone

from portal.accounts.jobs import erase_mentions
from portal.accounts.models import ErasureRequest, User
from portal.accounts.services import erasure


def erase(user: User, by: User, *, reason: str = "") -> ErasureRequest:
    """Ask, carry out, and have the texts gone through."""
    row = ErasureRequest.objects.create(user=user, reason=reason)
    erasure.carry_out(row, by=by, at=timezone.now())
    erase_mentions(erasure=row.pk)
    return row
