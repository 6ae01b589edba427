"""One order as agents see it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from tickets.forms.agents import (
    AnswerForm,
    AssignForm,
    NoteForm,
    PriorityForm,
    TransferForm,
)
from tickets.models import Draft, Seen, Ticket
from tickets.models.tickets import VIEW
from tickets.services import canned, clients, showing


@staff_required(VIEW)
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    ticket = ticket_of(request, number)
    if ticket.merged_into:
        return redirect(ticket.merged_into.desk_url)
    return show(request, ticket)


def ticket_of(request: HttpRequest, number: str) -> Ticket:
    visible = Ticket.objects.visible_to(request.user, at=timezone.now())
    related = (
        "department__desk",
        "topic",
        "assigned_to",
        "unit",
        "company",
        "merged_into",
        "possibly",
    )
    return get_object_or_404(visible.select_related(*related), number=number)


def show(request: HttpRequest, ticket: Ticket, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of an order; ``forms`` are those that were filled in wrongly."""
    user = scope_of(request).user
    entries = list(
        ticket.entries.select_related("user", "participant").prefetch_related("attachments")
    )
    last = entries[-1].pk if entries else 0
    Seen.objects.update_or_create(ticket=ticket, user=user, defaults={"entry_pk": last})
    draft = Draft.objects.filter(ticket=ticket, user=user, is_note=False).first()
    initial = {"html": draft.html, "seen": draft.seen_entry} if draft else {"seen": last}
    context = {
        "ticket": ticket, "entries": entries, "last": last,
        "fields": clients.shown_fields(ticket, for_agents=True),
        "people": ticket.participants.in_force(), "events": ticket.events.select_related("user"),
        "answer_form": AnswerForm(initial=initial, ticket=ticket), "note_form": NoteForm(),
        "assign_form": AssignForm(ticket=ticket), "transfer_form": TransferForm(ticket=ticket),
        "priority_form": PriorityForm(initial={"priority": ticket.priority}),
        "undelivered": showing.undelivered(ticket, entries),
        "canned": canned.canned_for(ticket, user), **forms,
    }  # fmt: skip
    return render(request, "tickets/desk/order.html", context, status=status)
