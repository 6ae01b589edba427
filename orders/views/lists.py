"""A client's orders: the list of the manual, one is chosen, then its services."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from orders.forms.lists import ClientFilter, counts_of
from orders.models import Order
from orders.services.codes import first_part
from orders.services.concluding import CANCELLABLE
from orders.services.matching import take_up
from orders.services.offers import offers_of
from orders.services.showing import history_of, payment_of
from orders.views.own import own_order
from portal.accounts.scope import scope_of
from portal.ui.lists import Column, Figures, list_page

CHOSEN, NEXT = "pedido", "avancar"  # the radio button and the button of the list
COLUMNS = [
    Column("choose", gettext_lazy("Choose"), spoken=True),
    Column("number", gettext_lazy("Order"), ("number", "pk")),
    Column("requested", gettext_lazy("Requested at"), ("requested_at", "pk")),
    Column("issued", gettext_lazy("Issued on")),
    Column("until", gettext_lazy("Valid until")),
    Column("status", pgettext_lazy("certificate", "Status")),
    Column("customer", gettext_lazy("Type of customer")),
    Column("product", pgettext_lazy("certificate", "Product")),
]


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Filter, search, order and page are in the address. Staff have their desk instead."""
    user = scope_of(request).user
    if user.is_staff:
        return redirect("orders:desk")
    if answer := _chosen(request):
        return answer
    take_up(user, at=timezone.now(), request=request)
    form = ClientFilter(request.GET)
    found = form.search(Order.objects.visible_to(user, at=timezone.now()))
    counts = counts_of(found)
    rows = form.in_status(found)
    status = "" if form.errors else form.cleaned_data["status"]
    count = counts.get(status, 0) if status else sum(counts.values())
    form.show_counts(counts)
    page = list_page(
        request, rows, title=_("Orders"), columns=COLUMNS, order=("-requested_at", "-pk"), form=form,
        figures=Figures(count),
    )  # fmt: skip
    return render(request, "orders/list.html", {"page": page, "chosen": CHOSEN, "next": NEXT})


def _chosen(request: HttpRequest) -> HttpResponse | None:
    """“Avançar” leads to the services of the order that was chosen."""
    number = request.GET.get(CHOSEN, "")
    if number.isascii() and number.isdigit() and len(number) < 10:
        return redirect("orders:services", int(number))
    if NEXT in request.GET:
        messages.error(request, _("Choose an order, then click on “Continue”."))
        return redirect("orders:list")
    return None


@require_safe
def services(request: HttpRequest, number: int) -> HttpResponse:
    order = own_order(request, number)
    offers = offers_of(order, user=scope_of(request).user)
    context = {"order": order, "offers": offers, "payment": payment_of(order)}
    return render(request, "orders/services.html", context)


@require_safe
def order(request: HttpRequest, number: int) -> HttpResponse:
    """Everything about one order: data, documents, payment and history."""
    order = own_order(request, number)
    context = {
        "order": order, "history": history_of(order), "payment": payment_of(order),
        "documents": order.documents.all(), "pendencies": order.pendencies.filter(closed_at=None),
        "can_cancel": order.status in CANCELLABLE, "first_part": first_part(order),
    }  # fmt: skip
    return render(request, "orders/order.html", context)
