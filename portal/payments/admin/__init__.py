"""Administration of payments."""

from portal.payments.admin import agreements, charges

__all__ = ["agreements", "charges"]
