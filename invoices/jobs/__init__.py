"""Work done in the background. Each module registers its jobs when imported."""

from invoices.jobs import batches, expiry_notice

__all__ = ["batches", "expiry_notice"]
