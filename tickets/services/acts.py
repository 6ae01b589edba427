"""What agents do with an order beside answering: assign, transfer, priority, fields, merge, take in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.files.services import delete_later
from portal.transitions import advance
from tickets.models import Department, Entry, Event, Participant, Ticket
from tickets.services import life, sla, telling
from tickets.services.thread import index

Status = Ticket.Status


class NotPossible(Exception):
    """The act makes no sense for this order; the text says why."""


@transaction.atomic
def assign(ticket: Ticket, to: User | None, *, by: User, at: datetime) -> None:
    """Give it to an agent, or back to the queue (None). A new one is open from then on."""
    if to is not None and not may_be_assigned(to, ticket.department):
        raise NotPossible(_("%(person)s is no agent of this department.") % {"person": to})
    if ticket.assigned_to_id == (to.pk if to else None):
        return
    ticket.assigned_to = to
    ticket.save(update_fields=["assigned_to"])
    _event(ticket, Event.Kind.ASSIGNED, by, at, str(to) if to else _("back to the queue"))
    if to is not None and ticket.status == Status.NEW:
        advance(ticket, to=Status.OPEN, by=by, at=at)
    telling.assigned(ticket, by=by, at=at)


def may_be_assigned(user: User, department: Department) -> bool:
    """Whether this is active staff who belong to the department."""
    return user.is_active and user.is_staff and department.members.filter(pk=user.pk).exists()


@transaction.atomic
def transfer(
    ticket: Ticket, to: Department, *, by: User | None, at: datetime, note: str = "",
    is_told: bool = True,
) -> None:  # fmt: skip
    """Hand it to another department: to its queue, by its hours and promises. ``is_told``: its
    agents are told of this order."""
    if not to.is_active:
        raise NotPossible(_("This department was closed."))
    if to == ticket.department:
        return
    before = ticket.department
    ticket.department, ticket.assigned_to = to, None
    ticket.save(update_fields=["department", "assigned_to"])
    sla.recompute([ticket], at=at)
    _event(ticket, Event.Kind.TRANSFERRED, by, at, f"{before} → {to}. {note}".strip())
    if is_told:
        telling.new_to_agents(ticket)


@transaction.atomic
def set_priority(ticket: Ticket, priority: str, *, by: User, at: datetime) -> None:
    """Its promises are reckoned anew, with what the clock has run."""
    if priority == ticket.priority:
        return
    ticket.priority = priority
    ticket.save(update_fields=["priority"])
    sla.recompute([ticket], at=at)
    _event(ticket, Event.Kind.PRIORITY, by, at, ticket.get_priority_display())


@transaction.atomic
def set_fields(
    ticket: Ticket, values: Mapping[str, Any], *, subject: str, by: User, at: datetime
) -> None:
    """Correct the subject and the topic's fields."""
    changed = [
        name for name in {*values, *ticket.values} if values.get(name) != ticket.values.get(name)
    ]
    if not changed and subject == ticket.subject:
        return
    ticket.values, ticket.subject = dict(values), subject
    ticket.save(update_fields=["values", "subject"])
    for entry in ticket.entries.all():
        index(entry, ticket)
    _event(ticket, Event.Kind.FIELDS, by, at, ", ".join(sorted(changed)))


@transaction.atomic
def merge(
    tickets: Iterable[Ticket],
    into: Ticket,
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Move what was said in ``tickets`` into one order; their numbers lead there from then on.

    Its clock keeps the earlier beginning. Raises NotPossible, IllegalTransition.
    """
    for ticket in tickets:
        if ticket == into or into.merged_into_id == ticket.pk:
            raise NotPossible(_("An order is not merged into itself."))
        Entry.objects.filter(ticket=ticket).update(ticket=into)
        ticket.words.update(ticket=into)
        _bring_people(ticket, into, at)
        _take_earlier(ticket, into)
        life_values: dict[str, Any] = {"merged_into": into, "closed_at": at, "needs_answer": False}
        if ticket.status != Status.CLOSED:
            advance(
                ticket,
                to=Status.CLOSED,
                by=by,
                at=at,
                request=request,
                note=into.number,
                **life_values,
            )
            sla.pause(ticket, at=at)
        else:
            Ticket.objects.filter(pk=ticket.pk).update(**life_values)
        _event(into, Event.Kind.MERGED, by, at, ticket.number)
    into.entry_count = into.entries.count()
    into.save(update_fields=["entry_count"])


def _bring_people(ticket: Ticket, into: Ticket, at: datetime) -> None:
    """Who took part in the one takes part in the other, in copy; entries keep their authors."""
    for person in ticket.participants.exclude(email=""):
        same, _new = Participant.objects.get_or_create(
            ticket=into, email=person.email,
            defaults={
                "name": person.name, "user": person.user, "role": Participant.Role.COPY,
                "added_at": at, "left_at": person.left_at,
            },
        )  # fmt: skip
        into.entries.filter(participant=person).update(participant=same)


def _take_earlier(ticket: Ticket, into: Ticket) -> None:
    """The earlier beginning, and the earlier dues of a clock that runs."""
    into.created_at = min(into.created_at, ticket.created_at)
    into.last_activity = max(into.last_activity, ticket.last_activity)
    into.sla_used = max(into.sla_used, ticket.sla_used)
    for name in ("due_first", "due_resolve"):
        dues = [due for due in (getattr(into, name), getattr(ticket, name)) if due]
        setattr(into, name, min(dues) if dues else None)
    into.needs_answer = into.needs_answer or ticket.needs_answer
    into.save(
        update_fields=[
            "created_at", "last_activity", "sla_used", "due_first", "due_resolve", "needs_answer",
        ]
    )  # fmt: skip


@transaction.atomic
def take_in(entry: Entry, *, by: User, at: datetime) -> None:
    """An answer that was held is the person's: from now on it counts as any other."""
    if not Entry.objects.filter(pk=entry.pk, held=True).update(held=False, sender_trusted=True):
        raise NotPossible(_("Somebody has decided about this answer already."))
    ticket = entry.ticket
    entry.held = False
    index(entry, ticket)
    Ticket.objects.filter(pk=ticket.pk).update(
        last_client_at=entry.at,
        last_activity=at,
        needs_answer=True,
        entry_count=ticket.entry_count + 1,
    )
    if ticket.status not in (Status.NEW, Status.WAITING_AGENT, Status.SPAM) and life.may_reopen(
        ticket, at=at
    ):
        advance(ticket, to=Status.WAITING_AGENT, by=by, at=at)
        sla.resume(ticket, at=at)
    _event(ticket, Event.Kind.HELD, by, at, _("taken in"))


@transaction.atomic
def discard(entry: Entry, *, by: User, at: datetime) -> None:
    """An answer that was held is somebody else's: it is deleted, and the timeline says so."""
    ticket = entry.ticket
    keys = list(entry.attachments.values_list("file_key", flat=True))
    if not Entry.objects.filter(pk=entry.pk, held=True).delete()[0]:
        raise NotPossible(_("Somebody has decided about this answer already."))
    for key in keys:
        delete_later(key)
    _event(ticket, Event.Kind.HELD, by, at, _("discarded"))


def _event(ticket: Ticket, kind: Event.Kind, by: User | None, at: datetime, note: str = "") -> None:
    Event.objects.create(ticket=ticket, kind=kind, user=by, at=at, note=note[:500])
