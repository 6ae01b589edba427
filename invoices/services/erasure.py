"""Erasure of a person (LGPD): what the desk keeps of documents stays, without the person's name."""

from invoices.models import Document, DocumentEvent, Tombstone
from portal.accounts.models import User
from portal.accounts.services.mentions import redact


def forget_person(user: User) -> None:
    """Take the person out of reasons and notes that anybody typed."""
    redact(Document.objects.all(), "release_reason", "legal_hold_reason", user=user)
    redact(DocumentEvent.objects.all(), "note", user=user)
    redact(
        Tombstone.objects.all(), "release_reason", "contest_reason", "legal_hold_reason", user=user
    )
