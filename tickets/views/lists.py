"""A client's orders."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.ui.lists import Column, list_page
from tickets.forms.lists import SHOWN, ClientFilter
from tickets.models import Ticket
from tickets.models.tickets import CLIENT_STATUS, ClientStatus, TicketQuerySet

COLUMNS = [
    Column("number", _("Number of the order"), ("number", "pk")),
    Column("created", _("Created on"), ("created_at", "pk")),
    Column("status", _("Status")),
    Column("subject", _("Subject")),
    Column("department", _("Department")),
]


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    mine = Ticket.objects.visible_to(scope_of(request).user, at=timezone.now())
    form = ClientFilter(request.GET, counts=counts_of(mine))
    found = form.apply(mine).select_related("department__desk")
    page = list_page(
        request, found, title=_("Service orders"), columns=COLUMNS, order=("-created_at", "-pk"),
        form=form,
    )  # fmt: skip
    return render(request, "tickets/list.html", {"page": page})


def counts_of(tickets: TicketQuerySet) -> dict[ClientStatus, int]:
    """How many orders stand in each state that clients know."""
    counts = dict.fromkeys(SHOWN, 0)
    for status, count in tickets.order_by().values_list("status").annotate(Count("pk")):
        counts[CLIENT_STATUS[Ticket.Status(status)]] += count
    return counts
