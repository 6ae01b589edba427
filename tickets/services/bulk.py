"""One act on several orders from the list: each in its own transaction, each with its outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.transitions import IllegalTransition
from tickets.models import Department, Ticket
from tickets.services import acts, life, merging
from tickets.services.answers import NotPossible
from tickets.services.thread import AlreadySaid, Said

Status = Ticket.Status
MOST = 100
Act = Callable[[Ticket], object]
SaidOf = Callable[[Ticket], Said]


class Result(StrEnum):
    """``SAME``: it was so already, nothing was done."""

    DONE = "done"
    SAME = "same"
    REFUSED = "refused"


class _AlreadySoError(Exception):
    """Nothing is left to do."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one order; ``text`` says why it was refused."""

    number: str
    url: str
    subject: str
    result: str
    text: str = ""


def each(
    keys: Sequence[int], act: Act, *, by: User, at: datetime, beside: Ticket | None = None
) -> list[Outcome]:
    """Do ``act`` to each order that the agent may see. One that is refused loses no other.

    ``beside``: another order that ``act`` changes, too. It is locked together with each, in the
    order of their keys: two clerks who merge crosswise never wait for each other.
    """
    tickets = {t.pk: t for t in Ticket.objects.visible_to(by, at=at).filter(pk__in=keys[:MOST])}
    return [_one(tickets[key], act, beside, by=by, at=at) for key in keys if key in tickets]


def _one(seen: Ticket, act: Act, beside: Ticket | None, *, by: User, at: datetime) -> Outcome:
    result, text = Result.DONE, ""
    try:
        with transaction.atomic():
            if beside is not None:
                pair = Ticket.objects.filter(pk__in=[seen.pk, beside.pk]).order_by("pk")
                list(pair.select_for_update().values_list("pk", flat=True))
            visible = Ticket.objects.visible_to(by, at=at).select_for_update(of=("self",))
            ticket = visible.select_related("department__desk").filter(pk=seen.pk).first()
            if ticket is None:
                raise NotPossible(_("It is no longer in your departments."))
            act(ticket)
    except AlreadySaid:
        result = Result.DONE
    except _AlreadySoError:
        result = Result.SAME
    except (IllegalTransition, NotPossible) as error:
        result, text = Result.REFUSED, str(error)
    return Outcome(
        number=seen.number, url=seen.desk_url, subject=seen.subject, result=result, text=text
    )


def assign(to: User | None, *, by: User, at: datetime) -> Act:
    def act(ticket: Ticket) -> None:
        _unless(ticket.assigned_to_id == (to.pk if to else None))
        acts.assign(ticket, to, by=by, at=at)

    return act


def transfer(to: Department, note: str, *, by: User, at: datetime) -> Act:
    def act(ticket: Ticket) -> None:
        _unless(ticket.department_id == to.pk)
        acts.transfer(ticket, to, by=by, at=at, note=note)

    return act


def set_priority(priority: str, *, by: User, at: datetime) -> Act:
    def act(ticket: Ticket) -> None:
        _unless(ticket.priority == priority)
        acts.set_priority(ticket, priority, by=by, at=at)

    return act


def answer(said: SaidOf, *, to: Status, seen_at: datetime, at: datetime) -> Act:
    """The same answer to each, unless its client has written since the agent looked."""

    def act(ticket: Ticket) -> None:
        _unless_written(ticket, seen_at)
        life.agent_answers(ticket, said(ticket), to=to, at=at)

    return act


def note(said: SaidOf, *, at: datetime) -> Act:
    return lambda ticket: life.note(ticket, said(ticket), at=at)


def close(reason: str, *, by: User, seen_at: datetime, at: datetime, request: Any = None) -> Act:
    def act(ticket: Ticket) -> None:
        _unless(ticket.status == Status.CLOSED)
        _unless_written(ticket, seen_at)
        life.close(ticket, by=by, reason=reason, at=at, request=request)

    return act


def spam(*, by: User, seen_at: datetime, at: datetime, request: Any = None) -> Act:
    def act(ticket: Ticket) -> None:
        _unless(ticket.status == Status.SPAM)
        _unless_written(ticket, seen_at)
        life.mark_spam(ticket, by=by, at=at, request=request)

    return act


def merge(into: Ticket, *, by: User, at: datetime, request: Any = None) -> Act:
    """Into one of them, or another, which is to stand ``beside`` each of them (see ``each``)."""

    def act(ticket: Ticket) -> None:
        target = Ticket.objects.get(pk=into.pk)
        _unless(ticket.merged_into_id == target.pk)
        if ticket.merged_into_id or target.merged_into_id:
            raise NotPossible(_("It was merged into another order already."))
        merging.merge([ticket], target, by=by, at=at, request=request)

    return act


def _unless(already: bool) -> None:
    if already:
        raise _AlreadySoError


def _unless_written(ticket: Ticket, seen_at: datetime) -> None:
    if ticket.last_client_at and ticket.last_client_at > seen_at:
        raise NotPossible(_("The client wrote meanwhile: read it first."))
