"""An agent's answer, and what came while it was written."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from tickets.models import Draft, Entry, Ticket
from tickets.services import life
from tickets.services.thread import Said

FINISHED = (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)


class NotPossible(Exception):
    """An act makes no sense for this order (any more); the text says why."""


class CameMeanwhile(Exception):
    """Others have written since the agent read the order: ``entries`` are what they wrote."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.entries = entries


def lock(ticket: Ticket) -> None:
    """Wait for whoever changes it at this moment, then bring ``ticket`` up to date.

    In a transaction. Who has an entry half written is waited for, too.
    """
    ticket.refresh_from_db(from_queryset=Ticket.objects.select_for_update())


def came_after(ticket: Ticket, seen: int, *, reader: User) -> list[Entry]:
    """The entries that others wrote after the one with the key ``seen``."""
    return list(ticket.entries.filter(pk__gt=seen).exclude(user=reader))


@transaction.atomic
def answer(
    ticket: Ticket, said: Said, *, by: User, to: Ticket.Status, seen: int | None, at: datetime,
    reopen: bool = False,
) -> Entry:  # fmt: skip
    """Send the answer, which ends its draft.

    ``seen``: key of the last entry that the agent has read; None to send it all the same.
    ``reopen``: open an order that is finished again, first.
    Raises CameMeanwhile, AlreadySaid, IllegalTransition: then the draft stays.
    """
    lock(ticket)
    if seen is not None and (entries := came_after(ticket, seen, reader=by)):
        raise CameMeanwhile(entries)
    if reopen and ticket.status in FINISHED:
        life.reopen(ticket, by=by, at=at)
    entry = life.agent_answers(ticket, said, to=to, at=at)
    Draft.objects.filter(ticket=ticket, user=by, is_note=False).delete()
    return entry


@transaction.atomic
def note(ticket: Ticket, said: Said, *, by: User, at: datetime) -> Entry:
    """Add an internal note, which ends its draft. AlreadySaid."""
    entry = life.note(ticket, said, at=at)
    Draft.objects.filter(ticket=ticket, user=by, is_note=True).delete()
    return entry
