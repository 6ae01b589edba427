"""“Boletos”: the slips of an order, with their line, their PDF and a second copy."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import Order
from orders.services.offers import Service
from orders.services.showing import payment_of
from orders.views.own import serves
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.payments.errors import PaymentError
from portal.payments.models import Slip
from portal.payments.paper import render_slip
from portal.payments.services import slips as services

TONES: dict[str, str] = {
    Slip.Status.ISSUED: "wait", Slip.Status.REGISTERED: "wait", Slip.Status.REJECTED: "bad",
    Slip.Status.PAID: "ok", Slip.Status.REPLACED: "muted", Slip.Status.WITHDRAWN: "muted",
}  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@serves(Service.SLIPS)
def slips(request: HttpRequest, order: Order) -> HttpResponse:
    """All of them, the newest first; a POST asks for the second copy of one."""
    if request.method == "POST":
        return _second_copy(request, order)
    found = list(order.charge.slips.select_related("payer")) if order.charge else []
    rows = [(slip, TONES[slip.status], slip.is_open) for slip in found]
    context = {
        "order": order, "slips": rows, "payment": payment_of(order),
        "in_place_of": _to_be_replaced(order, found),
    }  # fmt: skip
    return render(request, "orders/slips.html", context)


def _to_be_replaced(order: Order, slips: list[Slip]) -> Slip | None:
    """The slip in whose place a new one may be asked for: the newest, where something is owed and
    none can be paid (the bank refused it, wrote it off, or too little was paid by it)."""
    is_owed = order.charge is not None and order.charge.is_owed
    return slips[0] if slips and is_owed and not any(slip.is_open for slip in slips) else None


def _second_copy(request: HttpRequest, order: Order) -> HttpResponse:
    asked = request.POST.get("slip", "")[:12]
    key = int(asked) if asked.isascii() and asked.isdigit() else 0
    slip = get_object_or_404(Slip, charge=order.charge, pk=key)
    user = scope_of(request).user
    try:
        copy = services.second_copy(slip, timezone.now(), by=user, request=request)
    except PaymentError as refused:
        messages.error(request, str(refused))
        return redirect("orders:slips", order.number)
    if copy.is_new:
        if slip.is_open:
            messages.success(request, _("The slip was past its date: a new one was issued."))
        else:
            messages.success(request, _("A new slip was issued. Pay this one, not the others."))
        return redirect("orders:slips", order.number)
    return redirect("orders:slip", order.number, copy.slip.pk)


@never_cache
@require_safe
@serves(Service.SLIPS)
def slip(request: HttpRequest, order: Order, slip: int) -> HttpResponse:
    """One slip as a PDF, as it was issued."""
    user = scope_of(request).user
    known = Slip.objects.select_related("charge", "agreement", "payer")
    found = get_object_or_404(known, charge=order.charge, pk=slip)
    if limited(request, "slip-pdf", str(user.pk)):
        return too_many(request, "slip-pdf")
    name = f"boleto-{order.number}-{found.number_text}.pdf".replace("/", "-")
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(render_slip(found), content_type="application/pdf", headers=headers)
