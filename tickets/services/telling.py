"""Mail about service orders: to who takes part, and to agents by their choice.

Each participant gets a mail of their own: their token is in its Message-ID and reply address.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from portal.accounts.models import Try, User
from portal.accounts.services.guests import issue_link
from portal.outbox.services import enqueue_job, enqueue_mail
from tickets.mail import loops
from tickets.models import Department, Entry, Mailbox, Member, Participant, Ticket
from tickets.services import notices, tokens

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,240}>")
RECEIPT_WINDOW = timedelta(minutes=10)
TOLD_AFTER = timedelta(seconds=30)  # by then all that is merged at once is merged
_silent: ContextVar[bool] = ContextVar("silent", default=False)


@contextmanager
def silently() -> Iterator[None]:
    """Nobody is mailed about what happens inside: a past that is only made up, see ``tickets.demo``."""
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)


def receipt(ticket: Ticket, *, at: datetime) -> None:
    """To who asked: the number, and how to follow and answer. Of orders that come by mail at the
    same time from one address, two systems that write to each other, the first alone is answered."""
    for person in _readers(ticket, role=Participant.Role.REQUESTER):
        is_first = ticket.source != Ticket.Source.MAIL or _is_first_by_mail(person.email, at=at)
        if is_first and may_write_by_itself(person.email, ticket, at=at):
            _mail(ticket, person, "receipt", key="receipt", at=at)


def confirmation(ticket: Ticket, token: str) -> None:
    """To a stranger's address: the link by which the order comes into force."""
    if _silent.get():
        return
    link = settings.BASE_URL + reverse("tickets:confirm", args=[token])
    enqueue_mail(
        to=ticket.email, template="tickets/mail/confirmation",
        context={"name": ticket.name, "subject_of_order": ticket.subject, "link": link},
        key=f"ticket:{ticket.pk}:confirm", about=(),
    )  # fmt: skip


def answer(entry: Entry, *, at: datetime, without: Collection[str] = ()) -> None:
    """An agent's answer, to everybody who takes part but the addresses ``without``, which have it."""
    ticket = entry.ticket
    people, signature = _readers(ticket), notices.signature_of(entry)
    for person in people:
        if person.email not in without:
            _mail(
                ticket, person, "answer", key=f"entry:{entry.pk}", at=at, entry=entry, to=people,
                signature=signature,
            )  # fmt: skip


def client_said(entry: Entry, *, at: datetime) -> None:
    """To the agents it concerns, and to the others who take part."""
    ticket = entry.ticket
    agents = _agents(ticket, of_new=False)
    for user in agents:
        _mail_agent(ticket, user, "client_said", key=f"entry:{entry.pk}", entry=entry)
    told = {user.email.lower() for user in agents}
    people = [p for p in _readers(ticket) if p.pk != entry.participant_id and p.email not in told]
    for person in people:
        # What came by mail may be an answer of a program to what we send here.
        by_mail = entry.source == Ticket.Source.MAIL
        if not by_mail or may_write_by_itself(person.email, ticket, at=at):
            _mail(
                ticket, person, "copied", key=f"entry:{entry.pk}", at=at, entry=entry, to=people
            )  # fmt: skip


def in_copy(ticket: Ticket, person: Participant, *, author: str, at: datetime) -> None:
    """To somebody whom ``author`` put in copy: what it is about, and how to read it."""
    if person.bounced_at is None:
        key = f"copy:{at.timestamp():.6f}"
        _mail(ticket, person, "in_copy", key=key, at=at, author=author)


def merged_soon(into: Ticket, *, at: datetime) -> None:
    """Have a job tell of what was merged into ``into`` at this time: once for all of it, though each
    order of the list is merged by itself."""
    if not _silent.get():
        enqueue_job(
            "tickets.tell_merged", key=f"ticket-merged:{into.pk}:{at.timestamp():.6f}",
            at=at + TOLD_AFTER, ticket=into.pk, merged_at=at.isoformat(),
        )  # fmt: skip


def merged(tickets: Iterable[Ticket], into: Ticket, *, key: str, at: datetime) -> None:
    """To who took part in these orders: which number goes on. One mail, however many were theirs."""
    theirs: dict[str, list[str]] = {}
    for ticket in tickets:
        for person in _readers(ticket):
            theirs.setdefault(person.email, []).append(ticket.number)
    for person in _readers(into):
        numbers = theirs.get(person.email)
        if numbers and may_write_by_itself(person.email, into, at=at):
            _mail(into, person, "merged", key=key, at=at, numbers=sorted(numbers))


def new_to_agents(ticket: Ticket) -> None:
    """To those agents of the department who want to be told of each."""
    for user in _agents(ticket, of_new=True):
        _mail_agent(ticket, user, "new_to_agents", key="new")


def assigned(ticket: Ticket, *, by: Any, at: datetime) -> None:
    """To whom it was assigned, unless they took it themselves."""
    if _silent.get():
        return
    user = ticket.assigned_to
    if user and user != by and user.email and notices.wants_now(user, "on_assigned"):
        _mail_agent(ticket, user, "assigned", key=f"assigned:{at.timestamp():.6f}")


def held_to_agents(ticket: Ticket, *, at: datetime) -> None:
    """An answer waits for somebody to say whether it is the person's; they are told of the first."""
    if ticket.entries.filter(held=True).count() > 1:
        return
    for user in _agents(ticket, of_new=False):
        _mail_agent(ticket, user, "held", key=f"held:{at.timestamp():.6f}")


def released(department: Department, who: User, count: int, *, at: datetime) -> None:
    """To the department's agents: so many orders of somebody who is gone are in the queue again."""
    _mail_department(
        department, "released", key=f"released:{department.pk}:{who.pk}:{at.isoformat()}",
        about=[who.pk], who=str(who), count=count,
    )  # fmt: skip


def moved(before: Department, to: Department, count: int, *, at: datetime) -> None:
    """To the agents of ``to``: so many orders of a department that was closed came to them."""
    key = f"moved:{before.pk}:{to.pk}:{at.isoformat()}"
    _mail_department(to, "moved", key=key, before=str(before), count=count)


def closed(ticket: Ticket, *, at: datetime) -> None:
    """To who asked: it was closed, and how was it?"""
    for person in _readers(ticket, role=Participant.Role.REQUESTER):
        _mail(ticket, person, "closed", key=f"closed:{at.timestamp():.6f}", at=at)


def closing_soon(ticket: Ticket, *, on: Any, at: datetime) -> None:
    """To who asked: without an answer it closes on that day."""
    for person in _readers(ticket, role=Participant.Role.REQUESTER):
        _mail(ticket, person, "closing_soon", key=f"closing:{at.timestamp():.6f}", at=at, on=on)


def _is_first_by_mail(address: str, *, at: datetime) -> bool:
    """Whether no receipt for a mail left to this address in the same ``RECEIPT_WINDOW``."""
    until = datetime.min.replace(tzinfo=UTC) + RECEIPT_WINDOW * (
        (at - datetime.min.replace(tzinfo=UTC)) // RECEIPT_WINDOW + 1
    )
    key = f"ticket-receipt:{address}:{until:%Y%m%d%H%M}"[:160]
    return Try.objects.count_one(key, at=at, until=until) == 1


def may_write_by_itself(address: str, ticket: Ticket, *, at: datetime) -> bool:
    """Whether one more automatic mail may leave: so many an hour to an address, a domain, about
    an order. Two systems that answer each other come to an end here."""
    until = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    counts = {
        name: Try.objects.count_one(
            f"ticket-mail:{name}:{key}:{until:%Y%m%d%H}"[:160], at=at, until=until
        )
        for name, key in loops.keys(address, ticket.pk).items()
    }
    return loops.may_answer({name: count - 1 for name, count in counts.items()})


@dataclass(frozen=True)
class Links:
    """How a participant comes to the order from a mail: an account's page, or a link used once."""

    url: str
    is_guest: bool


def link_for(ticket: Ticket, person: Participant, *, at: datetime) -> Links:
    if person.user and person.user.is_active:
        return Links(settings.BASE_URL + ticket.get_absolute_url(), is_guest=False)
    title = f"O.S. {ticket.number}"
    address = issue_link(ticket, email=person.email, name=person.name, title=title, by=None, at=at)
    return Links(address, is_guest=True)


def _readers(ticket: Ticket, role: str = "") -> list[Participant]:
    """Who takes part and has an address that works."""
    if _silent.get():
        return []
    people = ticket.participants.in_force().exclude(email="").filter(bounced_at=None)
    people = people.select_related("user")
    return list(people.filter(role=role) if role else people)


def _agents(ticket: Ticket, *, of_new: bool) -> list[Any]:
    """Who wants to be told at once: whose it is; of what is new or nobody's, the department's."""
    if _silent.get():
        return []
    if of_new or ticket.assigned_to_id is None:
        return notices.agents_of(ticket.department, "on_new")
    user = ticket.assigned_to
    reached = user and user.is_active and user.is_staff and user.email
    return [user] if reached and notices.wants_now(user, "on_client") else []


def _mail(
    ticket: Ticket, person: Participant, template: str, *, key: str, at: datetime,
    entry: Entry | None = None, to: Sequence[Participant] = (), **context: Any,
) -> None:  # fmt: skip
    """``to``: everybody who gets this mail; each one says who else does."""
    token = tokens.token_of(person)
    others = [p for p in to if p.pk != person.pk]
    link = link_for(ticket, person, at=at)
    enqueue_mail(
        to=person.email, template=f"tickets/mail/{template}",
        context={
            "ticket": ticket, "person": person, "others": others, "link": link, "entry": entry, **context,
        },
        key=f"ticket:{ticket.pk}:{key}:{person.pk}",
        reply_to=_reply_address(ticket, token),
        headers=thread_headers(ticket),
        automatic=template != "answer",
        message_id=tokens.message_id(entry, token) if entry else "",
        about=[person.user_id] if person.user_id else (),
    )  # fmt: skip


def _mail_agent(
    ticket: Ticket, user: Any, template: str, *, key: str, entry: Entry | None = None
) -> None:
    """An answer goes to the department's mailbox, which takes it as the agent's answer to the
    client. No token is in it: only who is proven to be an agent answers as one."""
    box = _mailbox(ticket)
    enqueue_mail(
        to=user.email, template=f"tickets/mail/{template}",
        context={
            "ticket": ticket, "entry": entry, "link": settings.BASE_URL + ticket.desk_url,
            "unreached": ticket.participants.in_force().exclude(bounced_at=None),
            "takes_answers": box is not None,
        },
        reply_to=box.address if box else "",
        key=f"ticket:{ticket.pk}:{key}:agent:{user.pk}", headers=thread_headers(ticket), about=[user.pk],
    )  # fmt: skip


def _mail_department(
    department: Department, template: str, *, key: str, about: Iterable[int] = (), **context: Any
) -> None:
    """To each of its agents."""
    if _silent.get():
        return
    members = Member.objects.filter(department=department, user__is_active=True)
    for member in members.filter(user__is_staff=True).select_related("user"):
        if member.user.email:
            enqueue_mail(
                to=member.user.email, template=f"tickets/mail/{template}",
                context={
                    "department": department, "link": settings.BASE_URL + reverse("tickets:queue"),
                    **context,
                },
                key=f"{key}:{member.user_id}", about=[member.user_id, *about],
            )  # fmt: skip


def thread_headers(ticket: Ticket) -> dict[str, str]:
    """All mail of an order refers to one id, so that programs show it together; of one that began
    with a mail, to that mail, too."""
    root = tokens.root_id(ticket.pk)
    begun = ticket.entries.order_by("at", "pk").values_list("message_id", flat=True).first() or ""
    first = begun if _MESSAGE_ID.fullmatch(begun) else root
    return {"References": " ".join(dict.fromkeys([first, root])), "In-Reply-To": first}


def _mailbox(ticket: Ticket) -> Mailbox | None:
    """The mailbox of its department, if that is read."""
    return Mailbox.objects.filter(department=ticket.department, is_active=True).first()


def _reply_address(ticket: Ticket, token: str) -> str:
    """Where answers go: the department's mailbox, with the token where the box takes it; without a
    mailbox the desk's own address."""
    box = _mailbox(ticket)
    if box is None:
        return ticket.department.desk.email
    if not box.plus_addresses:
        return box.address
    name, _, domain = box.address.partition("@")
    return f"{name}+{token}@{domain}"
