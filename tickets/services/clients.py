"""What clients do with their orders."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.formats import date_format, get_format

from portal.transitions import IllegalTransition, advance
from tickets.models import Event, Participant, Ticket, TopicField
from tickets.services import life, opening, sla, telling
from tickets.services.thread import Said

RATED_IN = (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)


def answer(ticket: Ticket, said: Said, *, at: datetime) -> Ticket:
    """The client's answer; the order in which it stands: a new one where the old was closed long ago.

    Raises AlreadySaid.
    """
    try:
        life.client_says(ticket, said, at=at)
    except life.TooLate:
        return opening.open_ticket(_following(ticket, said), at=at)
    return ticket


def _following(ticket: Ticket, said: Said) -> opening.NewTicket:
    """A new order by who answers; the others who took part are in copy."""
    person = said.participant
    others = ticket.participants.in_force().exclude(email="")
    if person:
        others = others.exclude(pk=person.pk)
    return opening.NewTicket(
        source=said.source, department=ticket.department, topic=ticket.topic, follows=ticket,
        subject=ticket.subject, values=ticket.values, company=ticket.company, unit=ticket.unit,
        said=said, copies=[(other.name, other.email) for other in others],
        person=opening.Person(
            name=said.author, email=person.email if person else ticket.email, phone=ticket.phone,
            phone_extension=ticket.phone_extension, user=said.user,
        ),
    )  # fmt: skip


@transaction.atomic
def is_solved(ticket: Ticket, *, by: Any, at: datetime) -> None:
    """The client says that it is solved. Said twice, or of what is over meanwhile, it changes
    nothing."""
    try:
        advance(ticket, to=Ticket.Status.RESOLVED, by=by, at=at, resolved_at=at, needs_answer=False)
    except IllegalTransition:
        return
    sla.pause(ticket, at=at)


def may_rate(ticket: Ticket) -> bool:
    return ticket.status in RATED_IN and ticket.rating is None


@transaction.atomic
def rate(ticket: Ticket, rating: int, comment: str, *, by: Any, at: datetime) -> None:
    """How it was, once; a second word changes nothing. What was resolved is closed by it."""
    unrated = Ticket.objects.filter(pk=ticket.pk, rating=None, status__in=RATED_IN)
    if not unrated.update(rating=rating, rating_comment=comment, rated_at=at):
        return
    Event.objects.create(ticket=ticket, kind=Event.Kind.RATED, user=by, at=at, note=str(rating))
    with suppress(IllegalTransition):  # closed already
        advance(
            ticket, to=Ticket.Status.CLOSED, by=by, at=at, only_if={"status": Ticket.Status.RESOLVED},
            closed_at=at,
        )  # fmt: skip


def copies(ticket: Ticket) -> QuerySet[Participant]:
    people = ticket.participants.in_force().filter(role=Participant.Role.COPY)
    return people.order_by("added_at", "pk")


@transaction.atomic
def add_copy(ticket: Ticket, email: str, name: str, *, by: Any, author: str, at: datetime) -> None:
    """Let somebody take part in copy, and tell them who did so. Who had left comes back; for who
    is there already nothing changes."""
    person = Participant.objects.filter(ticket=ticket, email=email).first()
    if person is None:
        opening.add_copies(ticket, [(name, email)], at=at)
        person = Participant.objects.get(ticket=ticket, email=email)
    elif person.left_at is None:
        return
    else:
        Participant.objects.filter(pk=person.pk).update(left_at=None, added_at=at, token_digest="")
        person.refresh_from_db()
    telling.in_copy(ticket, person, author=author, at=at)
    Event.objects.create(
        ticket=ticket, kind=Event.Kind.PARTICIPANT, user=by, at=at, note=f"+ {email}"
    )


@transaction.atomic
def remove_copy(person: Participant, *, by: Any, at: datetime) -> None:
    """From now on their links and answers do not reach the order."""
    person.left_at, person.token_digest = at, ""
    person.save(update_fields=["left_at", "token_digest"])
    Event.objects.create(
        ticket=person.ticket, kind=Event.Kind.PARTICIPANT, user=by, at=at, note=f"- {person.email}"
    )


def shown_fields(ticket: Ticket, *, for_agents: bool = False) -> list[tuple[str, str]]:
    """Label and text of the topic's fields that were filled in; those of agents for agents only."""
    if ticket.topic is None:
        return []
    fields = ticket.topic.fields.all()
    return [
        (field.label, field_text(field, ticket.values[field.name]))
        for field in (fields if for_agents else fields.filter(for_agents=False))
        if ticket.values.get(field.name)
    ]


def field_text(field: TopicField, value: Any) -> str:
    """A field's value as a person reads it."""
    if field.kind == TopicField.Kind.DATE and (day := parse_date(str(value))):
        return date_format(day, "SHORT_DATE_FORMAT")
    if field.kind == TopicField.Kind.NUMBER:
        return str(value).replace(".", str(get_format("DECIMAL_SEPARATOR")))
    return str(value)
