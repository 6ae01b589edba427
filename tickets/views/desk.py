"""One order as agents see it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.permissions import may_work, staff_required
from tickets.forms.agents import (
    AnswerForm,
    AssignForm,
    NoteForm,
    PriorityForm,
    TransferForm,
    from_draft,
)
from tickets.forms.clients import CopyForm
from tickets.models import Draft, Entry, Seen, Ticket
from tickets.models.tickets import ACT, VIEW
from tickets.services import acts, canned, clients, presence, showing
from tickets.services.answers import FINISHED
from tickets.views.walk import suffix_of, walk_of

Status = Ticket.Status
SHOWN_BESIDE = 5  # other orders of the same client


@staff_required(VIEW)
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    ticket = ticket_of(request, number)
    if ticket.merged_into:
        return redirect(ticket.merged_into.desk_url + suffix_of(request))
    return show(request, ticket)


def ticket_of(request: HttpRequest, number: str) -> Ticket:
    visible = Ticket.objects.visible_to(request.user, at=timezone.now())
    related = (
        "department__desk", "topic", "assigned_to", "unit", "company", "merged_into",
    )  # fmt: skip
    return get_object_or_404(visible.select_related(*related), number=number)


def show(
    request: HttpRequest, ticket: Ticket, *, status: int = 200, new: Sequence[Entry] = (),
    **forms: Any,
) -> HttpResponse:  # fmt: skip
    """The page of an order. ``forms`` are those that were filled in wrongly; ``new``: what came
    while the answer in them was written."""
    user = scope_of(request).user
    entries = list(
        ticket.entries.select_related("user", "participant").prefetch_related("attachments")
    )
    last = max((entry.pk for entry in entries), default=0)
    Seen.objects.update_or_create(ticket=ticket, user=user, defaults={"entry_pk": last})
    presence.come(ticket, user)
    context: dict[str, Any] = {
        "ticket": ticket, "entries": entries, "last": last, "walk": walk_of(request, ticket),
        "here": presence.others(ticket, user, at=timezone.now()),
        "undelivered": showing.undelivered(ticket, entries),
        "may_change": may_work(request, *ACT), **_offers(ticket, user),
        **_written(ticket, user, entries, last), **_around(ticket, user), **forms,
    }  # fmt: skip
    keys: set[int] = {entry.pk for entry in new} or context["new"]
    context |= {
        "came_meanwhile": new, "first_new": next((e.pk for e in entries if e.pk in keys), None),
    }  # fmt: skip
    return render(request, "tickets/desk/order.html", context, status=status)


def _offers(ticket: Ticket, user: User) -> dict[str, Any]:
    """What can be done with it in its state."""
    steps: Any = Ticket.TRANSITIONS[Status(ticket.status)]
    return {
        "may_answer": Status.WAITING_CLIENT in (*steps, ticket.status),
        "may_close": Status.CLOSED in steps, "may_spam": Status.SPAM in steps,
        "may_reopen": ticket.status in FINISHED,
        "may_take": ticket.is_unfinished and ticket.assigned_to_id != user.pk
        and acts.may_be_assigned(user, ticket.department),
        "may_hand_on": ticket.status not in (Status.SPAM, Status.UNCONFIRMED),
    }  # fmt: skip


def _written(ticket: Ticket, user: User, entries: list[Entry], last: int) -> dict[str, Any]:
    """The forms of an answer and a note, with what was kept of them."""
    drafts = {draft.is_note: draft for draft in Draft.objects.filter(ticket=ticket, user=user)}
    answer = drafts.get(False)
    seen = answer.seen_entry if answer else last
    return {
        "draft": answer, "canned": canned.canned_for(ticket, user),
        "new": {one.pk for one in entries if one.pk > seen and one.user_id != user.pk},
        "answer_form": AnswerForm(initial={"seen": last, **from_draft(answer)}),
        "note_form": NoteForm(initial={"seen": last, **from_draft(drafts.get(True))}),
    }  # fmt: skip


def _around(ticket: Ticket, user: User) -> dict[str, Any]:
    """What stands beside the thread."""
    visible = Ticket.objects.visible_to(user, at=timezone.now())
    people = list(ticket.participants.in_force().order_by("-role", "added_at", "pk"))
    emails = [person.email for person in people if person.email and person.role == "requester"]
    others = visible.unfinished().exclude(pk=ticket.pk).filter(email__in=emails)
    linked = Q(pk__in=[ticket.follows_id, ticket.possibly_id]) | Q(follows=ticket)
    return {
        "fields": clients.shown_fields(ticket, for_agents=True), "people": people,
        "events": ticket.events.select_related("user"), "copy_form": CopyForm(auto_id="copy_%s"),
        "assign_form": AssignForm(ticket=ticket), "transfer_form": TransferForm(ticket=ticket),
        "priority_form": PriorityForm(ticket=ticket), "linked": visible.filter(linked),
        "merged": ticket.merged.order_by("number"),
        "others": others.order_by("-last_activity", "-pk")[:SHOWN_BESIDE],
    }  # fmt: skip
