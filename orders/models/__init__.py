"""What the desk of certificate orders keeps."""

from orders.models.appointments import (
    Appointment,
    AppointmentService,
    Cell,
    Closure,
    Hold,
    Place,
)
from orders.models.batches import OrderBatch, OrderBatchRow
from orders.models.catalogue import CustomerType, Product
from orders.models.dossier import OrderDocument, Pendency
from orders.models.emissions import Emission
from orders.models.events import OrderEvent
from orders.models.notes import FiscalNote, NoteBatch, NoteEvent, NoteRow
from orders.models.orders import NumberCounter, Order
from orders.models.renewals import Renewal

__all__ = [
    "Appointment",
    "AppointmentService",
    "Cell",
    "Closure",
    "CustomerType",
    "Emission",
    "FiscalNote",
    "Hold",
    "NoteBatch",
    "NoteEvent",
    "NoteRow",
    "NumberCounter",
    "Order",
    "OrderBatch",
    "OrderBatchRow",
    "OrderDocument",
    "OrderEvent",
    "Pendency",
    "Place",
    "Product",
    "Renewal",
]
