"""Staff register an order for somebody: by hand here, by a sheet in ``importing``."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from orders.models import Order
from orders.services import telling
from orders.services.life import note_event
from orders.services.matching import company_in_portal, match_order
from orders.services.numbers import take_number
from portal.accounts.models import User
from portal.audit.services import record


@transaction.atomic
def register(
    values: Mapping[str, Any], *, by: User, at: datetime, request: HttpRequest | None = None
) -> Order:
    """Keep an incomplete order: who pays is said by the client. The holder gets a mail that says
    how to find it; whom the portal knows already has it at once. ``values``: those of
    ``orders.forms.registering.RegisterForm``."""
    product = values["product"]
    order = Order.objects.create(
        number=take_number(), status_since=at, requested_at=at, created_by=by,
        product_name=product.name, price_cents=product.price_cents,
        company=company_in_portal(values["company_cnpj"]), **values,
    )  # fmt: skip
    note_event(order, "placed", by=by, at=at)
    record(
        "order.registered", target=order, company=order.audit_company, actor=by, request=request,
        at=at,
    )  # fmt: skip
    match_order(order, at=at)
    telling.registered(order)
    return order
