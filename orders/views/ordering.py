"""A new order: the catalogue, its data, and who pays."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from orders.forms.ordering import OrderForm, PayerForm
from orders.models import CustomerType, Order, Product
from orders.services import ordering, payers
from orders.services.life import NotPossible
from orders.services.offers import Service
from orders.views.address import filled_in
from orders.views.own import serves
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.payments.errors import PaymentError
from portal.payments.models import Payer
from portal.ui.once import Done, once

GET_POST = ["GET", "HEAD", "POST"]


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The products on offer, by kind; with ``?tipo=`` those for one type of customer."""
    if request.user.is_staff:
        return redirect("orders:desk")
    products = Product.objects.filter(is_active=True)
    chosen = request.GET.get("tipo", "")
    if chosen in CustomerType.values:
        products = products.filter(**{f"for_{chosen}": True})
    context = {
        "products": products.order_by("-kind", "order", "name"), "types": CustomerType.choices,
        "chosen": chosen,
    }  # fmt: skip
    return render(request, "orders/catalogue.html", context)


@never_cache
@require_http_methods(GET_POST)
@once
def new(request: HttpRequest, product: int) -> HttpResponse:
    """The data of the order; it is kept at once, and its payer is chosen next."""
    user = scope_of(request).user
    found = get_object_or_404(Product, pk=product)
    if answer := _without_form(request, found):
        return answer
    chosen = request.GET.get("tipo", "")
    form = OrderForm(request.POST or None, product=found, user=user, customer_type=chosen)
    if not form.is_valid():
        context = {"form": form, "product": found, "step": 2}
        return render(request, "orders/new.html", context, status=422 if form.errors else 200)
    if limited(request, "order-new", str(user.pk)):
        return too_many(request, "order-new")
    order = ordering.place(form.new_order(), by=user, at=timezone.now(), request=request)
    said = _("Order %(number)s was kept. Now say who pays.") % {"number": order.number}
    return Done(request, reverse("orders:payer", args=[order.number]), said)


def _without_form(request: HttpRequest, product: Product) -> HttpResponse | None:
    """For staff, who register orders elsewhere; for a product that is not sold any more; and for
    somebody without an e-mail, by whom nobody could find the order again."""
    if request.user.is_staff:
        return redirect("orders:desk")
    if not product.is_active:
        messages.info(request, _("This product is no longer offered: choose another one."))
        return redirect("orders:new")
    if not scope_of(request).user.email:
        messages.info(request, _("Orders need an e-mail: give yours first."))
        return redirect("accounts:email_change")
    return None


@never_cache
@require_http_methods(GET_POST)
@serves(Service.PAYER)
def payer(request: HttpRequest, order: Order) -> HttpResponseBase:
    """Who pays; of a confirmed order the slip is issued anew."""
    known = order.payer or payers.default_payer(order, scope_of(request).user)
    if (typed := filled_in(request)) is not None:
        form = PayerForm(order=order, payer=known, user=scope_of(request).user, typed=typed)
        return render(request, "orders/payer.html", _context(order, form))
    return _payer(request, order, known)


@once
def _payer(request: HttpRequest, order: Order, known: Payer) -> HttpResponse:
    user = scope_of(request).user
    form = PayerForm(request.POST or None, order=order, payer=known, user=user)
    status = 422 if form.errors else 200
    if form.is_valid():
        if limited(request, "order-payer", str(user.pk)):
            return too_many(request, "order-payer")
        try:
            payers.choose(order, form.payer(), by=user, at=timezone.now(), request=request)
            return _chosen(request, order)
        except (NotPossible, PaymentError) as refused:
            form.add_error(None, str(refused))
            status = 409
    return render(request, "orders/payer.html", _context(order, form), status=status)


def _context(order: Order, form: PayerForm) -> dict[str, Any]:
    is_new = order.status == Order.Status.INCOMPLETE
    return {"order": order, "form": form, "is_new": is_new, "step": 3}


def _chosen(request: HttpRequest, order: Order) -> HttpResponse:
    if order.status == Order.Status.INCOMPLETE:
        return Done(request, reverse("orders:conclude", args=[order.number]))
    said = _("The payer was changed. The old slip is withdrawn; here is the new one.")
    return Done(request, reverse("orders:slips", args=[order.number]), said)
