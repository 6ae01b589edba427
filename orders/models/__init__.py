"""What the desk of certificate orders keeps."""

from orders.models.catalogue import CustomerType, Product
from orders.models.dossier import OrderDocument, Pendency
from orders.models.orders import NumberCounter, Order, OrderEvent

__all__ = [
    "CustomerType",
    "NumberCounter",
    "Order",
    "OrderDocument",
    "OrderEvent",
    "Pendency",
    "Product",
]
