"""Counters of the agents' queues, and canned answers with their placeholders filled in."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from tickets.models import CannedReply, Ticket
from tickets.models.tickets import TicketQuerySet

PLACEHOLDERS = ("nome", "numero", "assunto", "departamento", "atendente")
DEFAULT, ALL = "unfinished", "all"
LABELS = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "answer": _("Needs an answer"),
    "overdue": _("Overdue"),
    "waiting": _("Waiting for the client"),
    DEFAULT: _("My departments"),
    ALL: _("All"),
}


def conditions(user: User, at: datetime) -> dict[str, Q]:
    """What each queue but "all" asks of an unfinished order: its list and its counter have one rule."""
    late = Q(due_resolve__lt=at) | Q(due_first__lt=at, first_answer_at=None)
    return {
        "mine": Q(assigned_to=user),
        "unassigned": Q(assigned_to=None),
        "answer": Q(needs_answer=True),
        "overdue": Q(sla_running_since__isnull=False) & late,
        "waiting": Q(status=Ticket.Status.WAITING_CLIENT),
        DEFAULT: Q(),
    }


def of_queue(name: str, tickets: TicketQuerySet, *, user: User, at: datetime) -> TicketQuerySet:
    """The orders of a queue, out of those that the agent may see."""
    if name == ALL:
        return tickets.exclude(status=Ticket.Status.UNCONFIRMED)
    return tickets.unfinished().filter(conditions(user, at)[name])


def counters(tickets: TicketQuerySet, *, user: User, at: datetime) -> dict[str, int]:
    """How many each queue but "all" has, in one pass over what is unfinished."""
    counts = {name: Count("pk", filter=q or None) for name, q in conditions(user, at).items()}
    found: dict[str, int] = tickets.unfinished().aggregate(**counts)
    return found


def canned_for(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """The canned answers of the department and of all, as they would stand in this order."""
    replies = CannedReply.objects.filter(
        Q(department=ticket.department) | Q(department=None), is_active=True
    )
    return [{"pk": r.pk, "title": r.title, "html": filled(r.html, ticket, user)} for r in replies]


def filled(html: str, ticket: Ticket, user: User) -> str:
    """``{nome}``, ``{numero}``, ``{assunto}``, ``{departamento}`` and ``{atendente}`` replaced; any
    other braces stay."""
    values = {
        "nome": ticket.name.partition(" ")[0], "numero": ticket.number, "assunto": ticket.subject,
        "departamento": str(ticket.department), "atendente": user.name,
    }  # fmt: skip
    for name in PLACEHOLDERS:
        html = html.replace("{" + name + "}", escape(values[name]))
    return html
