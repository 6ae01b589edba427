"""The desk's cards on the first page: what a client's orders wait for, and what waits for staff."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.models import Emission, Order, Renewal
from orders.models.orders import VIEW
from orders.services import figures
from portal.accounts.scope import scope_of
from portal.desks import Card
from portal.payments.models import Charge
from portal.permissions import may_work

SHOWN = 5
Status = Order.Status
# The client has to do something.
THEIRS = (
    Status.INCOMPLETE, Status.AWAITING_PAYMENT, Status.AWAITING_APPOINTMENT,
    Status.PENDING_DOCUMENTS, Status.ISSUED,
)  # fmt: skip
# Somebody of the staff has to do something.
OURS = (
    Status.AWAITING_AUTHORIZATION, Status.PAYMENT_REVIEW, Status.AWAITING_VALIDATION,
    Status.AWAITING_VERIFICATION, Status.APPROVED, Status.ISSUING,
)  # fmt: skip


def client_card(request: HttpRequest) -> Card | None:
    """The orders that wait for this person, and the way to all of them; none for who has none."""
    if request.user.is_staff:
        return None
    mine = Order.objects.visible_to(scope_of(request).user)
    waiting = mine.filter(_waits_for_client()).order_by("-requested_at", "-pk")
    rows = [_row(order) for order in waiting[:SHOWN]]
    return Card(15, "orders/cards/client.html", {"rows": rows}) if rows or mine.exists() else None


def _waits_for_client() -> Q:
    """A renewal, too, that is paid and not confirmed, or for which the holder has a code."""
    confirmed = Renewal.objects.filter(in_force=True).exclude(confirmed_at=None)
    return (
        Q(status__in=THEIRS)
        | Q(status=Status.AWAITING_VALIDATION, product__is_renewal=True, validated_by=None)
        & ~Q(pk__in=confirmed.values("order"))
        | Q(status=Status.APPROVED, pk__in=Emission.objects.open().values("order"))
    )


def staff_card(request: HttpRequest) -> Card | None:
    """How many wait for staff, by state, and what has waited too long."""
    if not may_work(request, VIEW):
        return None
    orders = Order.objects.visible_to(scope_of(request).user)
    totals = figures.totals_of(orders, at=timezone.now(), states=OURS)
    rows = [
        {
            "label": total.label,
            "count": total.text,
            "url": reverse("orders:desk", query=total.query),
        }
        for total in [*totals.attention, *totals.states]
    ]
    return Card(15, "orders/cards/staff.html", {"rows": rows})


def charge_card(request: HttpRequest, key: str) -> Card | None:
    """The order that a charge is for, on the charge's page."""
    model, _colon, pk = key.partition(":")
    if model != "payments.charge" or not may_work(request, VIEW):
        return None
    about = Charge.objects.filter(pk=pk).values_list("about", flat=True).first() or ""
    name, _colon, number = about.partition(":")
    if name != "orders.order":
        return None
    order = Order.objects.visible_to(scope_of(request).user).filter(pk=number).first()
    return Card(20, "orders/cards/charge.html", {"order": order}) if order else None


def _row(order: Order) -> dict[str, Any]:
    since = date_format(timezone.localtime(order.status_since), "SHORT_DATE_FORMAT")
    where = _("%(status)s since %(date)s") % {"status": order.get_status_display(), "date": since}
    name = f"{order.number} · {order.product_name}"
    return {"url": order.get_absolute_url(), "name": name, "where": where}
