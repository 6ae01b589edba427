"""What is said in a service order: one entry at a time, and what each changes in the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from portal.accounts.models import User
from portal.files.services import claim
from tickets.models import (
    Attachment,
    Entry,
    EntryText,
    IncomingMail,
    Participant,
    Ticket,
    TopicField,
)
from tickets.services.finding import compact

INDEXED = 1_000_000  # characters of an entry by which it is found: some mails have 30 MB of text


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file already in the private store, not claimed yet."""

    key: str
    name: str
    content_type: str
    size: int
    sha256: str
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody says. ``key``: of the form or mail, so that sent twice it is one entry.

    ``html`` is cleaned already; ``text`` is the same in plain text. ``user`` or ``participant``
    says who; ``author`` is the name as it stands in the thread.
    """

    kind: Entry.Kind
    text: str
    key: str
    author: str
    source: Ticket.Source
    html: str = ""
    user: User | None = None
    participant: Participant | None = None
    files: Sequence[NewFile] = ()
    quoted_from: int | None = None
    sender_trusted: bool = True
    held: bool = False
    message_id: str = ""
    mail: IncomingMail | None = None


class AlreadySaid(Exception):
    """The same form or mail came before; ``entry`` is what came of it."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.key)
        self.entry = entry


def add_entry(ticket: Ticket, said: Said, *, at: datetime) -> Entry:
    """Write the entry, its files and its words, and what it changes on the order.

    Joins the caller's transaction. Raises AlreadySaid for a ``key`` that was used, after undoing
    nothing but the entry itself. The state is the caller's: see ``services.life``.
    """
    try:
        with transaction.atomic():
            entry = Entry.objects.create(
                ticket=ticket, kind=said.kind, at=at, user=said.user, participant=said.participant,
                author=said.author[:120], source=said.source, text=said.text, html=said.html,
                quoted_from=said.quoted_from, sender_trusted=said.sender_trusted, held=said.held,
                key=said.key, message_id=said.message_id[:250], mail=said.mail,
            )  # fmt: skip
    except IntegrityError:
        raise AlreadySaid(Entry.objects.select_related("ticket").get(key=said.key)) from None
    for file in said.files:
        claim(file.key)
    Attachment.objects.bulk_create(_attachment(entry, file) for file in said.files)
    if not said.held:
        _note_on_ticket(ticket, said.kind, at)
    index(entry, ticket)
    return entry


def index(entry: Entry, ticket: Ticket) -> None:
    """Keep the words by which the entry is found: its own, and its order's.

    What clients do not see they do not find: notes, held answers, and the fields of agents, which
    stand with the notes.
    """
    hidden = entry.kind == Entry.Kind.NOTE or entry.held
    EntryText.write(
        ticket.number, str(ticket.counter), ticket.subject, ticket.name, ticket.email,
        *_values_of(ticket, for_agents=hidden), entry.author, entry.text[:INDEXED],
        at=entry.at, entry=entry, narrowed_by={"ticket": ticket, "is_note": hidden},
    )  # fmt: skip


def _values_of(ticket: Ticket, *, for_agents: bool) -> list[str]:
    """The values of the topic's fields, each as it stands and without its marks: ``ABC-1234`` is
    found as ``ABC1234``, too."""
    values = dict(ticket.values)
    if values and ticket.topic_id and not for_agents:
        of_agents = TopicField.objects.filter(topic=ticket.topic_id, for_agents=True)
        for name in of_agents.values_list("name", flat=True):
            values.pop(name, None)
    texts = [str(value) for value in values.values()]
    return [*texts, *(compact(text) for text in texts if " " not in text)]


def _attachment(entry: Entry, file: NewFile) -> Attachment:
    return Attachment(
        entry=entry, file_key=file.key, name=file.name, content_type=file.content_type,
        size=file.size, sha256=file.sha256, content_id=file.content_id, inline=file.inline,
    )  # fmt: skip


def _note_on_ticket(ticket: Ticket, kind: Entry.Kind, at: datetime) -> None:
    """Times and counts of the order, in the entry's transaction. Notes and automatic words are no
    activity of the client's or ours."""
    changed: dict[str, Any] = {"entry_count": F("entry_count") + 1}
    if kind in (Entry.Kind.CLIENT, Entry.Kind.AGENT):
        changed |= {"last_activity": at, "close_notice_at": None}
    if kind == Entry.Kind.CLIENT:
        changed |= {"last_client_at": at, "needs_answer": True}
    if kind == Entry.Kind.AGENT:
        first: Any = Coalesce(
            F("first_answer_at"), models.Value(at, output_field=models.DateTimeField())
        )
        changed |= {"last_agent_at": at, "needs_answer": False, "first_answer_at": first}
    Ticket.objects.filter(pk=ticket.pk).update(**changed)
    ticket.refresh_from_db(fields=list(changed))
