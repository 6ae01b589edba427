"""The life of a service order: answers, closing, opening again, spam; who may do what stands in
the views."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from portal.accounts.models import User
from portal.tokens import digest_of
from portal.transitions import IllegalTransition, advance
from tickets.models import Entry, Ticket
from tickets.models.states import RUNNING
from tickets.services import sla, telling
from tickets.services.thread import Said, add_entry

Status = Ticket.Status


class LinkOver(Exception):
    """The link was used, is too old, or never was one."""


class TooLate(Exception):
    """The order was closed too long ago to be opened again: the answer opens a new one."""


def waiting_for(token: str, *, at: datetime) -> Ticket:
    """The order that this link confirms. Looking does not use it. Raises LinkOver."""
    found = Ticket.objects.filter(
        confirm_digest=digest_of(token), status=Status.UNCONFIRMED, confirm_until__gt=at
    ).first()
    if found is None:
        raise LinkOver
    return found


def confirmed_by(token: str, *, at: datetime) -> Ticket | None:
    """The order that this link has confirmed, while its 48 hours last."""
    found = Ticket.objects.for_clients().filter(confirm_digest=digest_of(token))
    return found.filter(confirm_until__gt=at).first()


@transaction.atomic
def confirm(token: str, *, at: datetime, request: HttpRequest | None = None) -> Ticket:
    """The stranger opened the link: the order is in force from now on. Raises LinkOver.

    The link is kept until its 48 hours are over, to tell the number again: see ``confirmed_by``.
    """
    ticket = waiting_for(token, at=at)
    try:
        advance(ticket, to=Status.NEW, at=at, request=request, last_activity=at)
    except IllegalTransition:
        raise LinkOver from None
    sla.start(ticket, at=at)
    telling.receipt(ticket, at=at)
    telling.new_to_agents(ticket)
    return ticket


def may_reopen(ticket: Ticket, *, at: datetime) -> bool:
    """Whether an answer opens it again, rather than a new order that follows it."""
    if ticket.status != Status.CLOSED or ticket.closed_at is None:
        return ticket.status != Status.SPAM
    return at <= ticket.closed_at + timedelta(days=ticket.department.reopen_days)


@transaction.atomic
def client_says(ticket: Ticket, said: Said, *, at: datetime) -> Entry:
    """The client answers. What is resolved or was closed lately is opened again by it.

    Raises TooLate, AlreadySaid. ``said.held``: it stands in the thread for agents, and changes
    nothing until they take it in.
    """
    if not may_reopen(ticket, at=at):
        raise TooLate
    entry = add_entry(ticket, said, at=at)
    if said.held:
        telling.held_to_agents(ticket, at=at)
        return entry
    if ticket.status not in (Status.NEW, Status.WAITING_AGENT):
        advance(
            ticket, to=Status.WAITING_AGENT, by=said.user, at=at, resolved_at=None, closed_at=None
        )
        sla.resume(ticket, at=at)
    telling.client_said(entry, at=at)
    return entry


@transaction.atomic
def agent_answers(
    ticket: Ticket,
    said: Said,
    *,
    to: Ticket.Status,
    at: datetime,
    request: HttpRequest | None = None,
    reached: Collection[str] = (),
) -> Entry:
    """An agent answers; the order then waits for the client, or is resolved. AlreadySaid,
    IllegalTransition. ``reached``: addresses that have it already, by the agent's own mail."""
    entry = add_entry(ticket, said, at=at)
    if ticket.status != to:
        values: dict[str, Any] = {"resolved_at": at if to == Status.RESOLVED else None}
        if ticket.assigned_to_id is None:
            values["assigned_to"] = said.user
        advance(ticket, to=to, by=said.user, at=at, request=request, **values)
    sla.pause(ticket, at=at)
    telling.answer(entry, at=at, without=reached)
    return entry


@transaction.atomic
def note(ticket: Ticket, said: Said, *, at: datetime) -> Entry:
    """An internal note, which no client sees. AlreadySaid."""
    return add_entry(ticket, said, at=at)


@transaction.atomic
def close(
    ticket: Ticket,
    *,
    by: User | None,
    reason: str,
    at: datetime,
    request: HttpRequest | None = None,
    only_if: Mapping[str, Any] | None = None,
) -> None:
    """Close it, with a reason; the client is told and asked how it was. IllegalTransition.
    ``only_if``: what its row must be besides, see ``advance``."""
    values: dict[str, Any] = {"closed_at": at, "close_reason": reason[:300], "needs_answer": False}
    if ticket.resolved_at is None:
        values["resolved_at"] = at
    advance(
        ticket, to=Status.CLOSED, by=by, at=at, note=reason[:500], request=request,
        only_if=only_if, **values,
    )  # fmt: skip
    sla.pause(ticket, at=at)
    telling.closed(ticket, at=at)


@transaction.atomic
def reopen(ticket: Ticket, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """An agent opens it again. IllegalTransition."""
    advance(
        ticket, to=Status.OPEN, by=by, at=at, request=request, resolved_at=None, closed_at=None,
        close_reason="", needs_answer=True,
    )  # fmt: skip
    sla.resume(ticket, at=at)


@transaction.atomic
def mark_spam(
    ticket: Ticket, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Nobody is told. IllegalTransition."""
    advance(ticket, to=Status.SPAM, by=by, at=at, request=request, needs_answer=False)
    sla.pause(ticket, at=at)


@transaction.atomic
def not_spam(ticket: Ticket, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """It was none: back to the queue, and the sender gets the receipt. IllegalTransition."""
    advance(ticket, to=Status.NEW, by=by, at=at, request=request, needs_answer=True)
    sla.resume(ticket, at=at)
    telling.receipt(ticket, at=at)


def is_running(ticket: Ticket) -> bool:
    """Whether the promised times run: not while the client has to answer."""
    return ticket.status in RUNNING
