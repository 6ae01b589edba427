"""Opening a service order: from the web, by phone, by mail, from another page of the portal."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from portal.accounts.models import Company, Unit, User
from portal.tokens import digest_of
from tickets.models import Department, Entry, Event, Participant, Ticket, Topic
from tickets.models.states import RUNNING
from tickets.services import sla, telling
from tickets.services.numbers import take_number
from tickets.services.thread import Said, add_entry

CONFIRM_WITHIN = timedelta(hours=48)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks, as typed or written. ``user``: who is signed in, or was found by an agent."""

    name: str
    email: str = ""
    phone: str = ""
    phone_extension: str = ""
    user: User | None = None


@dataclass(frozen=True, kw_only=True)
class NewTicket:
    """What is needed to open an order. ``values``: the topic's fields, cleaned, as JSON."""

    source: Ticket.Source
    department: Department
    subject: str
    person: Person
    said: Said
    topic: Topic | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    priority: str = ""
    company: Company | None = None
    unit: Unit | None = None
    copies: Sequence[tuple[str, str]] = ()  # name and e-mail of who is in copy
    opened_by: User | None = None
    about: str = ""
    about_url: str = ""
    possibly: Ticket | None = None
    follows: Ticket | None = None


def open_ticket(new: NewTicket, *, at: datetime, with_receipt: bool = True) -> Ticket:
    """Open the order, at once in force; tell the person and the agents. AlreadySaid for the same
    form or mail again: its entry names the order that came of it."""
    with transaction.atomic():
        ticket, _entry = _create(new, Ticket.Status.NEW, at)
        if with_receipt:
            telling.receipt(ticket, at=at)
        telling.new_to_agents(ticket)
    return ticket


def open_unconfirmed(new: NewTicket, *, at: datetime) -> Ticket:
    """Keep what a stranger typed until the link that is mailed to them was opened.

    Nobody is told of it, nothing is matched; it is gone after 48 hours. AlreadySaid as above.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        ticket, _entry = _create(
            new, Ticket.Status.UNCONFIRMED, at,
            confirm_digest=digest_of(token), confirm_until=at + CONFIRM_WITHIN,
        )  # fmt: skip
        telling.confirmation(ticket, token)
    return ticket


def _create(
    new: NewTicket, status: Ticket.Status, at: datetime, **values: Any
) -> tuple[Ticket, Entry]:
    number, counter = take_number(at)
    person = new.person
    ticket = Ticket.objects.create(
        number=number, counter=counter, status=status, department=new.department, topic=new.topic,
        priority=new.priority or (new.topic.priority if new.topic else Ticket.priority.field.default),
        source=new.source, subject=" ".join(new.subject.split())[:200], values=dict(new.values),
        name=person.name[:120], email=person.email.lower(), phone=person.phone,
        phone_extension=person.phone_extension, company=new.company, unit=new.unit,
        opened_by=new.opened_by, about=new.about, about_url=new.about_url, possibly=new.possibly,
        follows=new.follows, created_at=at, last_activity=at, **values,
    )  # fmt: skip
    requester = Participant.objects.create(
        ticket=ticket, email=ticket.email, name=ticket.name, user=person.user, added_at=at
    )
    add_copies(ticket, new.copies, at=at)
    entry = add_entry(ticket, replace(new.said, participant=requester), at=at)
    Event.objects.create(ticket=ticket, kind=Event.Kind.CREATED, user=new.opened_by, at=at)
    if status in RUNNING:
        sla.start(ticket, at=at)
    return ticket, entry


def add_copies(ticket: Ticket, people: Sequence[tuple[str, str]], *, at: datetime) -> None:
    """Let these people take part, in copy; those who do already, or have left, stay as they are."""
    Participant.objects.bulk_create(
        [
            Participant(
                ticket=ticket, email=email.lower(), name=name[:120],
                role=Participant.Role.COPY, added_at=at,
            )
            for name, email in people
        ],
        ignore_conflicts=True,
    )  # fmt: skip
