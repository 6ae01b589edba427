"""A client's own order: found, and only where it offers the service that is asked for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from orders.models import Order
from orders.services.offers import Service, offer_of
from portal.accounts.scope import scope_of

View = Callable[..., HttpResponseBase]


def own_order(request: HttpRequest, number: int) -> Order:
    """The client's order of this number; 404 for anybody else's. Staff have pages of their own."""
    user = scope_of(request).user
    orders = Order.objects.visible_to(user, at=timezone.now())
    order = get_object_or_404(orders.select_related("product", "charge", "payer"), number=number)
    if user.is_staff:
        raise PermissionDenied
    return order


def serves(service: Service) -> Callable[[View], View]:
    """A view of one service: it gets the order that offers it; else a page says why it does not."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponseBase:
            order = own_order(request, number)
            offer = offer_of(order, service, user=scope_of(request).user)
            if offer is None or not offer.is_offered:
                return not_offered(request, order, service)
            return view(request, order, **kwargs)

        return wrapped

    return decorate


def not_offered(
    request: HttpRequest, order: Order, service: Service, *, status: int = 403
) -> HttpResponse:
    """Why the order does not offer this service now."""
    offer = offer_of(order, service, user=scope_of(request).user)
    context = {"order": order, "service": service, "offer": offer}
    return render(request, "orders/not_offered.html", context, status=status)
