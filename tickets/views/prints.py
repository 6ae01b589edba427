"""An order on paper, for who may see it: a page to print, and a PDF."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import sandbox
from portal.accounts.decorators import guests_welcome
from portal.accounts.limits import limited, too_many
from portal.accounts.visits import Visit
from tickets.models import Ticket
from tickets.services import printing

NOTES = "notes"


@guests_welcome
@require_safe
def page(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    ticket = _ticket(request, number, visit)
    for_agents = _is_agent(request, visit)
    notes = for_agents and NOTES in request.GET
    entries = printing.entries_of(ticket, notes=notes, held=for_agents)
    context = {
        "ticket": ticket, "for_agents": for_agents, "notes": notes,
        "paper": printing.paper_of(ticket, entries, for_agents=for_agents),
        "back": ticket.desk_url if for_agents else ticket.get_absolute_url(),
    }  # fmt: skip
    return render(request, "tickets/print.html", context)


@guests_welcome
@require_safe
def pdf(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    """What is too long for a PDF is printed from its page."""
    ticket = _ticket(request, number, visit)
    if limited(request, "ticket-pdf", visit.email if visit else str(request.user.pk)):
        return too_many(request, "ticket-pdf")
    for_agents = _is_agent(request, visit)
    notes = for_agents and NOTES in request.GET
    entries = printing.entries_of(ticket, notes=notes, held=for_agents)
    try:
        made = printing.pdf_of(ticket, entries, for_agents=for_agents)
    except printing.TooLong:
        return _instead(request, ticket, _("This order is too long for a PDF. Print this page."))
    except sandbox.Busy as busy:
        return _instead(request, ticket, " ".join(busy.messages))
    headers = {
        "Content-Disposition": f'inline; filename="os-{ticket.number}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _instead(request: HttpRequest, ticket: Ticket, word: str) -> HttpResponse:
    messages.warning(request, word)
    return redirect("tickets:print", ticket.number)


def _ticket(request: HttpRequest, number: str, visit: Visit | None) -> Ticket:
    visible = Ticket.objects.visible_to(request.user, at=timezone.now(), visit=visit)
    related = ("department__desk", "topic", "unit", "company", "assigned_to")
    return get_object_or_404(visible.select_related(*related), number=number)


def _is_agent(request: HttpRequest, visit: Visit | None) -> bool:
    return visit is None and request.user.is_staff
