"""What the search box of the portal finds of certificate orders."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.models.orders import VIEW
from orders.services.finding import NEWEST, found_in
from portal import desks
from portal.accounts.scope import RequestScope
from portal.permissions import may_work


def may_find(request: HttpRequest) -> bool:
    """Clients their own; of staff those who may see orders."""
    return may_work(request, VIEW) if request.user.is_staff else request.user.is_authenticated


def find(scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    found = found_in(Order.objects.visible_to(scope.user), text).order_by(*NEWEST)
    return [_hit(order, for_staff=scope.user.is_staff) for order in found[:limit]]


def list_url(scope: RequestScope, text: str) -> str:
    """The desk's list with that text; clients have few, and no such list."""
    return reverse("orders:desk", query={"q": text}) if scope.user.is_staff else ""


def _hit(order: Order, *, for_staff: bool) -> desks.Hit:
    parts = (order.get_status_display(), order.product_name, order.holder_name, order.company_name)
    return desks.Hit(
        title=str(order.number),
        text=" · ".join(part for part in parts if part),
        url=order.desk_url if for_staff else order.get_absolute_url(),
        when=f"{timezone.localtime(order.requested_at):%d/%m/%Y}",
    )
