"""Several orders become one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.transitions import advance
from tickets.models import Draft, Event, Participant, Ticket
from tickets.models.states import RUNNING
from tickets.services import sla, telling
from tickets.services.answers import NotPossible
from tickets.services.hours import calendar_of

Status = Ticket.Status
_MOST_STEPS = 20  # of orders into others, one after the other


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

    Entries with their files, participants and drafts go along; the clock keeps what the longer of
    both has run. Who took part in one that was merged is told. Raises NotPossible,
    IllegalTransition: then none is merged.
    """
    merged = {ticket.pk: ticket for ticket in tickets}
    _lock([into, *merged.values()])
    if into.pk in merged:
        raise NotPossible(_("An order is not merged into itself."))
    if not into.is_unfinished:
        raise NotPossible(
            _("O.S. %(number)s is “%(status)s”: only what is still open takes others in.")
            % {"number": into.number, "status": into.get_status_display()}
        )
    for ticket in merged.values():
        if ticket.merged_into_id:
            raise NotPossible(_("O.S. %(number)s was merged already.") % {"number": ticket.number})
        needs_answer = ticket.needs_answer and ticket.is_unfinished
        _take_earlier(ticket, into, at)
        _bring_along(ticket, into, at)
        _end(ticket, into, by=by, at=at, request=request)
        if needs_answer and into.status == Status.WAITING_CLIENT:
            advance(into, to=Status.WAITING_AGENT, by=by, at=at, note=ticket.number)
            sla.resume(into, at=at)
        Event.objects.create(
            ticket=into,
            kind=Event.Kind.MERGED,
            user=by,
            at=at,
            note=f"{ticket.number}: {ticket.subject}",
        )
    Ticket.objects.filter(pk=into.pk).update(entry_count=into.entries.filter(held=False).count())
    into.refresh_from_db()
    telling.merged_soon(into, at=at)


def tell(into: Ticket, *, merged_at: datetime, at: datetime) -> None:
    """Tell who took part in the orders that were merged into ``into`` at that time, of all of them
    at once. Where it was merged itself meanwhile, the mail names what goes on."""
    notes = Event.objects.filter(ticket=into, kind=Event.Kind.MERGED, at=merged_at)
    numbers = [note.partition(":")[0] for note in notes.values_list("note", flat=True)]
    for _step in range(_MOST_STEPS):
        if into.merged_into is None:
            break
        into = into.merged_into
    merged = Ticket.objects.filter(number__in=numbers, merged_into=into)
    telling.merged(merged, into, key=f"merged:{merged_at.timestamp():.6f}", at=at)


def _lock(tickets: list[Ticket]) -> None:
    """In the order of their keys, so that two merges never wait for each other."""
    for ticket in sorted(tickets, key=lambda one: one.pk):
        ticket.refresh_from_db(from_queryset=Ticket.objects.select_for_update())


def _bring_along(ticket: Ticket, into: Ticket, at: datetime) -> None:
    moved = ticket.entries.all()
    for person in ticket.participants.all():
        moved.filter(participant=person).update(participant=_same_person(person, into, at))
    moved.update(ticket=into)
    ticket.words.update(ticket=into)
    for draft in ticket.drafts.all():
        there = Draft.objects.filter(ticket=into, user=draft.user_id, is_note=draft.is_note)
        if not there.exists():
            ticket.drafts.filter(pk=draft.pk).update(ticket=into)


def _same_person(person: Participant, into: Ticket, at: datetime) -> Participant:
    """Who took part in the one takes part in the other, in copy; who is there already stays as is."""
    known_by = {"email": person.email} if person.email else {"user": person.user, "email": ""}
    same = into.participants.filter(**known_by).first()
    if same is None:
        return Participant.objects.create(
            ticket=into, email=person.email, name=person.name, user=person.user,
            role=Participant.Role.COPY, added_at=at, left_at=person.left_at,
            bounced_at=person.bounced_at,
        )  # fmt: skip
    if same.user_id is None and person.user_id:
        same.user = person.user
        same.save(update_fields=["user"])
    return same


def _take_earlier(ticket: Ticket, into: Ticket, at: datetime) -> None:
    """Begin with the earlier of both, and with what the longer clock has run."""
    used = max(sla.used_until(one, calendar_of(one.department), at) for one in (ticket, into))
    answered = [one.first_answer_at for one in (ticket, into) if one.first_answer_at]
    values: dict[str, Any] = {
        "created_at": min(into.created_at, ticket.created_at),
        "last_activity": max(into.last_activity, ticket.last_activity),
        "first_answer_at": min(answered, default=None),
        "needs_answer": into.needs_answer or (ticket.needs_answer and ticket.is_unfinished),
        "bounced": into.bounced or ticket.bounced, "sla_used": used,
    }  # fmt: skip
    for name in ("last_client_at", "last_agent_at"):
        values[name] = max(filter(None, (getattr(ticket, name), getattr(into, name))), default=None)
    if not into.about:
        values |= {"about": ticket.about, "about_url": ticket.about_url}
    Ticket.objects.filter(pk=into.pk).update(**values)
    into.refresh_from_db(fields=list(values))
    if into.status in RUNNING:
        clock = sla.running(into, calendar_of(into.department), used=used, at=at)
        Ticket.objects.filter(pk=into.pk).update(**clock)
        into.refresh_from_db(fields=list(clock))


def _end(
    ticket: Ticket, into: Ticket, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    """It is closed, and leads to ``into``; so does what was merged into it before."""
    if ticket.status != Status.CLOSED:
        sla.pause(ticket, at=at)
        reason = _("Merged into O.S. %(number)s") % {"number": into.number}
        advance(
            ticket, to=Status.CLOSED, by=by, at=at, request=request, note=reason, closed_at=at,
            close_reason=reason, needs_answer=False,
        )  # fmt: skip
    ticket.merged_into = into
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=into, entry_count=0)
    Ticket.objects.filter(merged_into=ticket).update(merged_into=into)
    Ticket.objects.filter(pk=into.pk, possibly=ticket).update(possibly=None)
