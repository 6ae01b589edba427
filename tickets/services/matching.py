"""To which order a mail belongs, and who wrote it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.conf import settings

from portal.accounts.models import User
from tickets.mail import loops, trust
from tickets.mail.message import Mail
from tickets.mail.threading import By, Candidate, candidates
from tickets.models import Entry, Mailbox, Participant, Ticket
from tickets.services import tokens
from tickets.services.numbers import typed

ACT = "tickets.change_ticket"
_MERGES = 20  # of orders into others, one after the other


@dataclass(frozen=True)
class Place:
    """Where a mail belongs: an order, and who of its participants wrote. None: somebody else did,
    with a token that belongs to one of them."""

    ticket: Ticket
    person: Participant | None
    by: By


def place_of(mail: Mail) -> Place | None:
    """By what the mail names, the surest first. What anybody may know (our root id, another mail's
    id, a number) counts only for who takes part."""
    for candidate in candidates(mail, host=tokens.host()):
        ticket = _named(candidate)
        if ticket is None:
            continue
        person = participant(ticket, mail)
        if person is not None or candidate.by == By.PARTICIPANT:
            return Place(ticket, person, candidate.by)
    return None


def possibly_about(mail: Mail) -> Ticket | None:
    """The order that the mail names, whoever wrote it."""
    named = (_named(candidate) for candidate in candidates(mail, host=tokens.host()))
    return next((ticket for ticket in named if ticket is not None), None)


def participant(ticket: Ticket, mail: Mail) -> Participant | None:
    """Who of those that take part has the sender's address."""
    sender = mail.from_.folded
    return ticket.participants.in_force().filter(email=sender).first() if sender else None


def written_to(message_id: str) -> Participant | None:
    """To whom the mail with this id went, if it was ours: its token says so."""
    parts = message_id.partition("@")[0].split(".")
    return tokens.find(parts[3]) if len(parts) == 4 and parts[0] == "os" else None


def judge(mailbox: Mailbox | None, mail: Mail) -> trust.Trust:
    """Whether From is who wrote. Who has an account of staff, or writes from a domain of one of our
    mailboxes, needs DMARC's word."""
    if mailbox is None:
        return trust.judge(mail, authserv_id="")
    internal = {address.rpartition("@")[2] for address in own_addresses()}
    if User.objects.filter(email=mail.from_.folded, is_staff=True).exists():
        internal.add(mail.from_.domain)
    sealers = [name.strip() for name in mailbox.arc_sealers.split(",")]
    return trust.judge(
        mail, authserv_id=mailbox.authserv_id, arc_sealers=list(filter(None, sealers)),
        internal=internal,
    )  # fmt: skip


def agent_who_wrote(mail: Mail, verdict: trust.Trust) -> tuple[User, Ticket] | None:
    """The agent and the order that the mail answers: only with DMARC's pass for the sender, whose
    address is proven to be the agent's, and only an order that the agent may answer on a page."""
    if not verdict.is_trusted or verdict.reason != trust.Reason.DMARC:
        return None
    user = User.objects.with_proven_email(mail.from_.folded)
    if user is None or not (user.is_active and user.is_staff and user.has_perm(ACT)):
        return None
    ticket = possibly_about(mail)
    if ticket is None or not Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists():
        return None
    person = participant(ticket, mail)
    is_client = person is not None and person.role == Participant.Role.REQUESTER
    return None if is_client else (user, ticket)


def own_addresses() -> set[str]:
    """The addresses that we read from and write from."""
    named = {*Mailbox.objects.values_list("address", flat=True), settings.DEFAULT_FROM_EMAIL}
    return {loops.plain_address(address) for address in named}


def writes_too_often(person: Participant, *, at: datetime) -> bool:
    """Whether this address has sent so many mails into the order in an hour that it may be a program
    which answers ours."""
    lately = Entry.objects.filter(
        participant=person, source=Ticket.Source.MAIL, at__gt=at - timedelta(hours=1)
    )
    return lately.count() >= loops.AUTOMATIC_AN_HOUR["address"]


def was_reopened_too_often(ticket: Ticket, *, at: datetime) -> bool:
    """Whether answers have opened this order again so often in a day that a person looks first."""
    ended = [Ticket.Status.RESOLVED, Ticket.Status.CLOSED]
    states = ticket.events.filter(kind__in=[*ended, Ticket.Status.WAITING_AGENT])
    steps = list(states.order_by("at", "pk").values_list("kind", "at"))
    count = sum(
        before in ended and after == Ticket.Status.WAITING_AGENT and when > at - timedelta(days=1)
        for (before, _earlier), (after, when) in pairwise(steps)
    )
    return not loops.may_reopen(count)


def is_known(mail: Mail) -> bool:
    """Whether this very mail is an entry already."""
    return Entry.objects.filter(key=entry_key(mail)).exists()


def entry_key(mail: Mail) -> str:
    return f"mail:{mail.key}"


def _named(candidate: Candidate) -> Ticket | None:
    orders = Ticket.objects.select_related("department__desk")
    orders = orders.exclude(status=Ticket.Status.UNCONFIRMED)
    found: Ticket | None = None
    if candidate.by == By.PARTICIPANT:
        person = tokens.find(candidate.value)
        found = orders.filter(pk=person.ticket_id).first() if person else None
    elif candidate.by == By.MESSAGE_ID:
        entries = Entry.objects.filter(message_id=_as_kept(candidate.value)).exclude(message_id="")
        found = orders.filter(entries__in=entries).order_by("pk").first()
    elif candidate.by == By.ROOT:
        found = orders.filter(pk=candidate.value).first()
    elif number := typed(candidate.value):
        found = number.find_in(orders)
    return found and _merged_into(found)


def _as_kept(message_id: str) -> str:
    return message_id[: Entry._meta.get_field("message_id").max_length]


def _merged_into(ticket: Ticket) -> Ticket:
    for _step in range(_MERGES):
        if ticket.merged_into is None:
            break
        ticket = ticket.merged_into
    return ticket
