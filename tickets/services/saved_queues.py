"""Saved queues: kept, renamed and shared by who made them."""

from django.db import IntegrityError, transaction

from portal.accounts.models import User
from tickets.models import Department, SavedQueue


class NameTaken(Exception):
    """The agent has a queue of this name."""


def save(user: User, *, name: str, query: str, department: Department | None) -> SavedQueue:
    """Keep a filter by a name. Raises NameTaken."""
    try:
        with transaction.atomic():
            return SavedQueue.objects.create(
                user=user, name=name, query=query, department=department
            )
    except IntegrityError:
        raise NameTaken from None


def change(queue: SavedQueue, *, name: str, department: Department | None) -> None:
    """Rename it, share it with a department or with nobody. Raises NameTaken."""
    queue.name, queue.department = name, department
    try:
        with transaction.atomic():
            queue.save(update_fields=["name", "department"])
    except IntegrityError:
        raise NameTaken from None
