"""The holder's data of an order that is not confirmed yet, corrected by the client or by staff."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.forms.holders import HolderForm
from orders.models import Order
from orders.models.orders import CHANGE, VIEW
from orders.services import holders
from orders.services.life import NotPossible
from orders.views.desk import order_of
from orders.views.own import own_order
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.permissions import staff_required

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@get_or_post
def holder(request: HttpRequest, number: int) -> HttpResponseBase:
    """By the client who ordered."""
    order = own_order(request, number)
    back = reverse("orders:order", args=[order.number])
    is_theirs = order.created_by_id == scope_of(request).user.pk
    if not (is_theirs and order.holder_can_be_corrected):
        return _not_possible(request, back)
    return _correct(request, order, back)


@staff_required(VIEW, CHANGE)
@never_cache
@get_or_post
def desk_holder(request: HttpRequest, number: int) -> HttpResponseBase:
    order = order_of(request, number)
    if not order.holder_can_be_corrected:
        return _not_possible(request, order.desk_url)
    return _correct(request, order, order.desk_url)


def _not_possible(request: HttpRequest, back: str) -> HttpResponse:
    messages.error(request, _("The holder's data cannot be corrected here any more."))
    return redirect(back)


def _correct(request: HttpRequest, order: Order, back: str) -> HttpResponse:
    user, status = scope_of(request).user, 200
    form = HolderForm(request.POST or None, order=order)
    if form.is_valid():
        if not user.is_staff and limited(request, "order-holder", str(user.pk)):
            return too_many(request, "order-holder")
        try:
            holders.correct(order, form.cleaned_data, by=user, at=timezone.now(), request=request)
        except NotPossible as refused:
            form.add_error(None, str(refused))
            status = 409
        else:
            messages.success(request, _("The holder's data were corrected."))
            return redirect(back)
    elif form.errors:
        status = 422
    context = {"order": order, "form": form, "back": back}
    return render(request, "orders/holder.html", context, status=status)
