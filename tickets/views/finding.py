"""What the search box of the portal finds of the service-order desk."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal import desks
from portal.accounts.scope import RequestScope
from portal.permissions import may_work
from tickets.models import Ticket
from tickets.models.tickets import VIEW
from tickets.services import finding, queues


def may_find(request: HttpRequest) -> bool:
    """Clients their own; of staff those who may see orders."""
    return may_work(request, VIEW) if request.user.is_staff else request.user.is_authenticated


def find(scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    is_staff = scope.user.is_staff
    tickets = Ticket.objects.visible_to(scope.user, at=timezone.now())
    tickets = tickets.exclude(status=Ticket.Status.UNCONFIRMED).select_related("department__desk")
    rows = finding.first_of(tickets, text, limit, for_staff=is_staff)
    return [_hit(row, for_staff=is_staff) for row in rows]


def list_url(scope: RequestScope, text: str) -> str:
    if scope.user.is_staff:
        return reverse("tickets:queue", query={"queue": queues.ALL, "q": text})
    return reverse("tickets:list", query={"q": text})


def _hit(ticket: Ticket, *, for_staff: bool) -> desks.Hit:
    status = ticket.get_status_display() if for_staff else ticket.client_status.label
    return desks.Hit(
        title=str(ticket),
        text=" · ".join(str(part) for part in (status, ticket.department, ticket.name) if part),
        url=ticket.desk_url if for_staff else ticket.get_absolute_url(),
        when=f"{timezone.localtime(ticket.created_at):%d/%m/%Y}",
    )
