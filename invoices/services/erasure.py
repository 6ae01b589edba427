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
