"""Administration of payments."""

from portal.payments.admin import agreements, charges, files

__all__ = ["agreements", "charges", "files"]
