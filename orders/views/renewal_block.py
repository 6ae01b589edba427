"""A renewal on the order's page for staff: how it was confirmed, its codes, what the authority said."""

from django.http import HttpRequest
from django.utils import timezone

from certificates.issuing import current_authority
from orders.models import Order
from orders.services.renewing import renewal_of
from portal.desks import Card

SHOWN = 10


def renewal_block(request: HttpRequest, order: Order) -> Card | None:  # noqa: ARG001 (of a block)
    """None for an order that is no renewal."""
    if not order.is_renewal:
        return None
    emissions = order.emissions.select_related("code_made_by").order_by("-pk")
    return Card(30, "orders/desk/_renewal.html", {
        "order": order, "renewal": renewal_of(order), "emissions": list(emissions[:SHOWN]),
        "now": timezone.now(), "has_authority": current_authority() is not None,
    })  # fmt: skip
