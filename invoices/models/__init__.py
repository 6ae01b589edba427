"""What the invoice desk keeps."""

from invoices.models.batches import Batch, BatchRow
from invoices.models.documents import Document, DocumentEvent, DocumentType
from invoices.models.drafts import InvoiceDraft, InvoiceItem
from invoices.models.retention import PurgeRun, Tombstone

__all__ = [
    "Batch",
    "BatchRow",
    "Document",
    "DocumentEvent",
    "DocumentType",
    "InvoiceDraft",
    "InvoiceItem",
    "PurgeRun",
    "Tombstone",
]
