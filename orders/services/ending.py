"""Certificates that end, for the reminders: their people are told, with the way to a new one.

Left out is what was ordered anew: a later order of the same holder, company and kind of
certificate, unless it was cancelled or refused, or its certificate revoked.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import Order, Product
from orders.models.orders import OrderQuerySet
from portal.accounts.models import User
from portal.reminders.registry import ExpiringItem

Status = Order.Status
VALID = (Status.ISSUED, Status.DELIVERED)
CAME_TO_NOTHING = (Status.CANCELLED, Status.REFUSED, Status.REVOKED)
_CHUNK = 400


def due(first: date, last: date) -> Iterator[ExpiringItem]:
    """Every certificate of a person with an account that ends in these days."""
    with_account = Q(holder__isnull=False) | Q(responsible__isnull=False)
    yield from _items(_ending(Order.objects.filter(with_account), first, last))


def visible_to(
    user: User, first: date, last: date, keys: Collection[str] | None, *, backwards: bool = False
) -> Iterator[ExpiringItem]:
    """Those of the orders that a client sees. Staff are not reminded of clients' certificates."""
    if user.is_staff:
        return
    found = _ending(Order.objects.visible_to(user), first, last)
    if keys is not None:
        found = found.filter(pk__in=[key for key in keys if key.isdecimal()])
    yield from _items(found.reverse() if backwards else found)


def recipients(keys: Collection[str]) -> dict[str, set[int]]:
    """The holder, and the person responsible for the company."""
    orders = Order.objects.filter(pk__in=keys).values_list("pk", "holder", "responsible")
    return {
        str(pk): {person for person in (holder, responsible) if person}
        for pk, holder, responsible in orders
    }


def _ending(orders: OrderQuerySet, first: date, last: date) -> OrderQuerySet:
    newer = Order.objects.filter(
        Q(requested_at__gt=OuterRef("requested_at"))
        | Q(requested_at=OuterRef("requested_at"), pk__gt=OuterRef("pk")),
        holder_cpf=OuterRef("holder_cpf"), company_cnpj=OuterRef("company_cnpj"),
        product__kind=OuterRef("product__kind"),
    ).exclude(status__in=CAME_TO_NOTHING)  # fmt: skip
    ending = orders.filter(status__in=VALID, valid_until__gte=first, valid_until__lte=last)
    return ending.filter(~Exists(newer)).order_by("valid_until", "pk")


def _items(orders: OrderQuerySet) -> Iterator[ExpiringItem]:
    offered = Product.objects.filter(is_active=True)  # read once, with the first order
    for order in orders.select_related("product").iterator(chunk_size=_CHUNK):
        yield _item(order, renewal_url(order, offered))


def _item(order: Order, url: str) -> ExpiringItem:
    day = order.valid_until
    assert day is not None  # noqa: S101 - the query asks for it
    return ExpiringItem(
        key=str(order.pk), version=f"{day:%Y%m%d}",
        title=f"{order.product_name} – {order.company_name or order.holder_name}",
        detail=_("Order %(number)s") % {"number": order.number}, expires_on=day, url=url,
        advice=_("Order the new certificate before the present one ends."),
        rank=f"{order.pk:019d}",
    )  # fmt: skip


def renewal_url(order: Order, offered: Iterable[Product]) -> str:
    """The form of the renewal of the same kind and level, else of the same product, else the
    catalogue."""
    old = order.product
    fitting = [
        product for product in offered
        if (product.kind, product.level) == (old.kind, old.level)
        and (product.is_renewal or product.pk == old.pk)
        and (not order.customer_type or product.is_for(order.customer_type))
    ]  # fmt: skip
    if not fitting:
        return reverse("orders:new")
    best = max(fitting, key=lambda p: (p.is_renewal, p.medium == old.medium, p.years == old.years))
    return reverse("orders:new_product", args=[best.pk])
