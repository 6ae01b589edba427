"""Parts of an order's page for staff that other modules of the desk bring."""

from collections.abc import Callable

from django.http import HttpRequest

from orders.models import Order
from orders.views.agenda import appointment_block
from orders.views.notes import notes_block
from orders.views.renewal_block import renewal_block
from portal.desks import Card

# Each gives a card, or None where it has nothing to show; they stand by their ``order``.
BLOCKS: tuple[Callable[[HttpRequest, Order], Card | None], ...] = (
    appointment_block, renewal_block, notes_block,
)  # fmt: skip


def blocks_of(request: HttpRequest, order: Order) -> list[Card]:
    found = [card for make in BLOCKS if (card := make(request, order))]
    return sorted(found, key=lambda card: card.order)
