"""Administration of the service-order desk."""

from tickets.admin import departments, orders, topics

__all__ = ["departments", "orders", "topics"]
