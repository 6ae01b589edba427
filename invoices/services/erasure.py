"""Erasure of a person (LGPD): what the desk keeps of documents stays, without the person's name."""

from django.db.models import Model

from invoices.models import (
    Batch,
    BatchRow,
    Document,
    DocumentEvent,
    InvoiceDraft,
    InvoiceItem,
    Tombstone,
)
from portal.accounts.models import User
from portal.accounts.services.mentions import redact

# What anybody typed. Of a batch's row only what is shown: what is published of it is in other fields.
TYPED: dict[type[Model], tuple[str, ...]] = {
    Document: ("release_reason", "legal_hold_reason"),
    DocumentEvent: ("note",),
    Tombstone: ("release_reason", "contest_reason", "legal_hold_reason"),
    InvoiceDraft: ("notes",),
    InvoiceItem: ("description",),
    Batch: ("name", "problem", "warnings"),
    BatchRow: ("values", "errors", "file_name"),
}


def forget_person(user: User) -> None:
    """Take the person out of what anybody typed: reasons, notes, drafts, what batches were sent."""
    for model, fields in TYPED.items():
        redact(model._default_manager.all(), *fields, user=user)
