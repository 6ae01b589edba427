"""The desk's cards on the first page: what waits for a client, and what waits for an agent."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from portal.accounts.scope import scope_of
from portal.desks import Card
from portal.permissions import may_work
from portal.ui.lists import COUNTED
from tickets.models import Ticket
from tickets.models.states import ClientStatus
from tickets.models.tickets import VIEW, TicketQuerySet
from tickets.services import queues

SHOWN = 5
QUEUES = ("mine", "unassigned", queues.OVERDUE)


def client_card(request: HttpRequest) -> Card | None:
    """The orders that wait for this person, and those on which we work."""
    if request.user.is_staff:
        return None
    mine = Ticket.objects.visible_to(scope_of(request).user, at=timezone.now())
    shown = {
        word: mine.filter(status__in=word.statuses)
        for word in (ClientStatus.WAITING, ClientStatus.IN_SERVICE, ClientStatus.OPEN)
    }
    parts = [_client_part(word, found) for word, found in shown.items()]
    if not any(part["rows"] for part in parts):
        return None
    return Card(20, "tickets/cards/orders.html", {"parts": [p for p in parts if p["rows"]]})


def agent_card(request: HttpRequest) -> Card | None:
    """The agent's own orders, those that nobody has, and those that are late."""
    if not may_work(request, VIEW):
        return None
    user, now = scope_of(request).user, timezone.now()
    visible, agent = Ticket.objects.visible_to(user, at=now), queues.agent_of(user)
    parts = []
    for name in QUEUES:
        found = queues.of_queue(name, visible, agent=agent, at=now)
        found = found.order_by(*queues.order_of(name))
        rows = list(found.select_related("department__desk")[:SHOWN])
        parts.append(
            {
                "name": name,
                "title": _("Service orders: %(status)s") % {"status": queues.LABELS[name]},
                "count": _count(found, rows),
                "url": reverse("tickets:queue", query={"queue": name}),
                "rows": [_row(ticket, ticket.desk_url) for ticket in rows],
            }
        )
    return Card(20, "tickets/cards/orders.html", {"parts": parts})


def _client_part(word: ClientStatus, found: TicketQuerySet) -> dict[str, Any]:
    found = found.order_by("-created_at", "-pk")
    rows = list(found.select_related("department__desk")[:SHOWN])
    return {
        "name": word.value,
        "title": _("Service orders: %(status)s") % {"status": word.label},
        "count": _count(found, rows),
        "url": reverse("tickets:list", query={"status": word.value}),
        "rows": [_row(ticket, ticket.get_absolute_url()) for ticket in rows],
    }


def _row(ticket: Ticket, url: str) -> dict[str, str]:
    when = date_format(timezone.localtime(ticket.last_activity), "SHORT_DATE_FORMAT")
    where = f"{ticket.number} · {ticket.department} · {when}"
    return {"url": url, "name": ticket.subject, "where": where}


def _count(found: TicketQuerySet, rows: list[Ticket]) -> str:
    """As the list counts: more than it counts is said so."""
    count = len(rows)
    if count == SHOWN:
        count = found.order_by().values("pk")[: COUNTED + 1].count()
    return number_format(min(count, COUNTED), force_grouping=True) + (
        "+" if count > COUNTED else ""
    )
