"""Products and orders of certificates."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from orders.models import CustomerType, Order, Product
from orders.services.numbers import take_number
from tests.factories.numbers import a_cpf


def make_product(name: str = "e-CPF A1 validade 1 ano", **values: Any) -> Product:
    """One that everybody may order; the same name is the same product."""
    defaults: dict[str, Any] = {
        "kind": Product.Kind.E_CPF, "level": Product.Level.A1, "medium": Product.Medium.FILE,
        "years": 1, "price_cents": 15_000, "for_company": True, "for_public": True,
    }  # fmt: skip
    product, _is_new = Product.objects.get_or_create(name=name, defaults=defaults | values)
    return product


def make_order(
    *, status: str = Order.Status.AWAITING_VALIDATION, at: datetime | None = None, **values: Any
) -> Order:
    """An order of Carlos Dias, whom nobody has proven to be yet; ``holder`` makes it somebody's."""
    at = at or timezone.now()
    product = values.pop("product", None) or make_product()
    holder = values.get("holder")
    defaults: dict[str, Any] = {
        "number": values.pop("number", None) or take_number(), "customer_type": CustomerType.PERSON,
        "product_name": product.name, "price_cents": product.price_cents,
        "requested_at": at, "status_since": at,
        "holder_name": holder.name if holder else "Carlos Dias",
        "holder_cpf": (holder.cpf if holder else "") or a_cpf(),
        "holder_email": (holder.email if holder else "") or "carlos@exemplo.com.br",
    }  # fmt: skip
    return Order.objects.create(product=product, status=status, **(defaults | values))
