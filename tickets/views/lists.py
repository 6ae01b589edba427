"""A client's orders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.ui.lists import Column, Figures, list_page
from tickets.forms.lists import ClientFilter, counts_of
from tickets.models import Ticket

COLUMNS = [
    Column("number", _("Number of the order"), ("number", "pk")),
    Column("created", _("Created on"), ("created_at", "pk")),
    Column("status", pgettext_lazy("service order", "Status")),
    Column("subject", _("Subject")),
    Column("department", pgettext_lazy("service order", "Department")),
]
_COUNTED = "_orders_of_client"
_REGISTERED = "accounts:registration_done"


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Filter, search, order and page are in the address. Agents have their queue instead."""
    user = scope_of(request).user
    if user.is_staff:
        return redirect("tickets:queue")
    form = ClientFilter(request.GET)
    found = form.search(Ticket.objects.visible_to(user, at=timezone.now()))
    counts = counts_of(found)
    form.show_counts(counts)
    page = list_page(
        request, form.in_status(found).select_related("department__desk"), title=_("Service orders"),
        columns=COLUMNS, order=("-created_at", "-pk"), form=form, placed=True,
        figures=Figures(form.chosen_of(counts)),
    )  # fmt: skip
    if "q" not in form.changed_data:  # counted were all of theirs, of every state
        setattr(request, _COUNTED, sum(counts.values()))
    return render(request, "tickets/list.html", {"page": page})


def count_of(request: HttpRequest) -> int | None:
    """How many orders the list behind the menu has: told on this desk's pages and at the end of a
    registration, so that the others cost nothing more (bench line 1); not counted twice (line 10)."""
    known: int | None = getattr(request, _COUNTED, None)
    if known is not None:
        return known
    match = request.resolver_match
    if match is None or not (match.app_name == "tickets" or match.view_name == _REGISTERED):
        return None
    return Ticket.objects.visible_to(scope_of(request).user, at=timezone.now()).count()
