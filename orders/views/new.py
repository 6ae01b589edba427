"""Staff register an order for somebody."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders.forms.registering import RegisterForm
from orders.models.orders import VIEW
from orders.services.registering import register
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.ui.once import Done, once


@staff_required(VIEW, "orders.add_order")
@require_http_methods(["GET", "HEAD", "POST"])
@once
def desk_new(request: HttpRequest) -> HttpResponseBase:
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        order = register(
            form.cleaned_data, by=scope_of(request).user, at=timezone.now(), request=request
        )
        return Done(request, order.desk_url, _("The order was registered; the holder was told."))
    return render(request, "orders/desk/new.html", {"form": form})
