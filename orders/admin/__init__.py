"""Administration of certificate orders."""

from orders.admin import places

__all__ = ["places"]
