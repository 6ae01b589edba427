"""The demonstration's renewals: one that Ana may confirm with her e-CPF, one that she may have issued."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orders.demo_orders import RENEWAL_A1
from orders.models import CustomerType, Order, Product
from orders.services import codes, life, telling
from orders.services.numbers import take_number
from portal.demo.world import World

Status = Order.Status


def load(world: World, products: Mapping[str, Product]) -> None:
    """Both of Ana, paid; she is mailed the second part of the code."""
    with telling.silently():
        _order(world, products[RENEWAL_A1], days=2, steps=(Status.AWAITING_VALIDATION,))
        approved = _order(
            world, products[RENEWAL_A1], days=5,
            steps=(Status.AWAITING_VALIDATION, Status.AWAITING_VERIFICATION, Status.APPROVED),
        )  # fmt: skip
    codes.make(approved, by=None, at=world.at)


def _order(world: World, product: Product, *, days: int, steps: tuple[Order.Status, ...]) -> Order:
    ana, begun = world.people["ana"], world.at - timedelta(days=days)
    people: dict[str, dict[str, Any]] = {
        Status.AWAITING_VERIFICATION: {
            "validated_by": world.people["agente"], "validated_at": world.at,
        },
        Status.APPROVED: {"verified_by": world.people["admin"], "verified_at": world.at},
    }  # fmt: skip
    order = Order.objects.create(
        number=take_number(), status=Status.AWAITING_PAYMENT, status_since=begun,
        requested_at=begun, product=product, product_name=product.name,
        price_cents=product.price_cents, customer_type=CustomerType.PERSON, holder=ana,
        holder_name=ana.name, holder_cpf=ana.cpf or "", holder_email=ana.email or "",
        holder_phone="(31) 3555-0100", created_by=ana, paid_at=begun,
    )  # fmt: skip
    life.note_event(order, "placed", by=ana, at=begun)
    for place, step in enumerate(steps, start=1):
        at = begun + timedelta(hours=3 * place)
        life.move(order, step, by=None, at=at, is_told=False, **people.get(step, {}))
    return order
