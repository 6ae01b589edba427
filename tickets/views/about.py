"""The orders about something elsewhere in the portal, on its page."""

from django.http import HttpRequest
from django.utils import timezone

from portal import desks
from tickets.models import Ticket

MOST = 10


def orders_about(request: HttpRequest, key: str) -> desks.Card | None:
    """The newest orders about this object that the person may see; no card where there is none."""
    visible = Ticket.objects.visible_to(request.user, at=timezone.now()).filter(about=key)
    found = list(visible.select_related("department__desk").order_by("-created_at", "-pk")[:MOST])
    if not found:
        return None
    return desks.Card(30, "tickets/_about.html", {"orders": found})
