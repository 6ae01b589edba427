"""Administration of the invoice desk."""

from invoices.admin import batches, documents, drafts

__all__ = ["batches", "documents", "drafts"]
