"""Administration of certificate orders."""

from orders.admin import catalogue, orders, places

__all__ = ["catalogue", "orders", "places"]
