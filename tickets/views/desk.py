"""The agents' queue, and one order as agents see it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.ui.lists import Column, list_page
from tickets.forms.agents import (
    AnswerForm,
    AssignForm,
    NoteForm,
    PriorityForm,
    TransferForm,
)
from tickets.forms.queue import QueueFilter
from tickets.models import Department, Draft, Seen, Ticket
from tickets.models.tickets import VIEW, TicketQuerySet, may_see_all
from tickets.services import clients, queues

COLUMNS = [
    Column("number", _("Number"), ("number", "pk")),
    Column("subject", _("Subject")),
    Column("who", _("From")),
    Column("department", _("Department")),
    Column("status", _("Status")),
    Column("priority", _("Priority"), ("priority", "pk")),
    Column("due", _("Due")),
    Column("activity", _("Last activity"), ("last_activity", "pk")),
]


@staff_required(VIEW)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user, now = scope_of(request).user, timezone.now()
    visible = Ticket.objects.visible_to(user, at=now)
    form = QueueFilter(request.GET, user=user, departments=departments_of(user))
    found = form.apply(visible, at=now).select_related("department__desk", "assigned_to")
    page = list_page(
        request,
        found,
        title=_("Queue"),
        columns=COLUMNS,
        order=("-last_activity", "-pk"),
        form=form,
    )
    context = {
        "page": page, "queues": _tabs(visible, user, now),
        "current": request.GET.get("queue") or queues.DEFAULT,
        "saved": user.saved_queues.all(),
    }  # fmt: skip
    return render(request, "tickets/desk/queue.html", context)


@staff_required(VIEW)
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    ticket = ticket_of(request, number)
    if ticket.merged_into:
        return redirect(ticket.merged_into.desk_url)
    return show(request, ticket)


def _tabs(visible: TicketQuerySet, user: User, at: datetime) -> list[tuple[str, Any, int | None]]:
    """Name, label and count of each queue; all that ever was is not counted."""
    counts = queues.counters(visible, user=user, at=at)
    return [(name, label, counts.get(name)) for name, label in queues.LABELS.items()]


def departments_of(user: Any) -> Any:
    """Those whose orders the agent sees."""
    found = Department.objects.select_related("desk")
    return found if may_see_all(user) else found.filter(members=user)


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
        "canned": queues.canned_for(ticket, user), **forms,
    }  # fmt: skip
    return render(request, "tickets/desk/order.html", context, status=status)
