"""Administration of the service-order desk."""

from tickets.admin import departments, mailboxes, orders, topics

__all__ = ["departments", "mailboxes", "orders", "topics"]
