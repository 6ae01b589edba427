"""Administration of certificate orders."""

from orders.admin import catalogue, notes, orders, places

__all__ = ["catalogue", "notes", "orders", "places"]
