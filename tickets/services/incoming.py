"""Mail that came in: kept as it is first, then read, and put where it belongs.

Nothing that a stranger sends is lost or raises: each mail ends in an order, as ignored, or where a
person looks at it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from portal import sandbox
from portal.files.services import claim, delete_later, open_file, safe_name, store
from portal.outbox.services import enqueue_job
from portal.transitions import advance
from tickets.mail import loops, quotes, trust
from tickets.mail.classify import Class, Kind, classify
from tickets.mail.message import Attachment as MailFile
from tickets.mail.message import Mail
from tickets.mail.reading import examine
from tickets.mail.threading import By, Candidate, candidates
from tickets.models import (
    Attachment,
    Department,
    Entry,
    Event,
    IncomingMail,
    Mailbox,
    Participant,
    Ticket,
)
from tickets.services import clients, numbers, opening, tokens
from tickets.services.thread import AlreadySaid, NewFile, Said, add_entry

Status = IncomingMail.Status


class NoDepartment(Exception):
    """There is no department that could take mail: nothing was set up yet."""


def keep(
    raw: bytes, *, at: datetime, mailbox: Mailbox | None = None, uid_validity: int = 0, uid: int = 0
) -> IncomingMail:
    """Store a mail as it came, before anything reads it, and have it taken in.

    The same mail of the same mailbox again is the row of the first time. Outside of transactions.
    """
    if uid and (known := IncomingMail.objects.filter(
        mailbox=mailbox, uid_validity=uid_validity, uid=uid
    ).first()):  # fmt: skip
        return known
    stored = store(raw, prefix="tickets/mail", name="mail.eml")
    with transaction.atomic():
        row = IncomingMail.objects.create(
            mailbox=mailbox, uid_validity=uid_validity, uid=uid, file_key=stored.key,
            size=len(raw), sha256=hashlib.sha256(raw).hexdigest(), fetched_at=at,
        )  # fmt: skip
        claim(stored.key)
        enqueue_job(
            "tickets.take_mail", key=f"ticket-mail:{row.pk}:{at.timestamp():.6f}", mail=row.pk
        )
    return row


def take(row: IncomingMail, *, at: datetime) -> None:
    """Read a kept mail and put it where it belongs. Raises ``sandbox.Busy``: try again later."""
    if row.status != Status.WAITING:
        return
    try:
        with open_file(row.file_key) as file:
            mail = examine(file.read())
    except sandbox.Busy:
        raise
    except sandbox.NotExamined as error:
        _end(row, Status.UNREADABLE, at, error=" ".join(error.messages))
        return
    found = classify(mail)
    _note_heads(row, mail, found)
    if reason := loops.returns_to_us(mail, host=tokens.host(), mailboxes=_own_addresses()):
        _end(row, Status.IGNORED, at, error=reason)
    elif found.kind == Kind.BOUNCE:
        _take_bounce(row, mail, found, at)
    elif found.kind == Kind.AUTO:
        _take_automatic(row, mail, at)
    else:
        _take_person(row, mail, found, at)


@dataclass(frozen=True)
class Place:
    """Where a mail belongs: an order, who of its participants wrote, whether that is sure enough."""

    ticket: Ticket
    person: Participant | None
    by: By


def place_of(mail: Mail) -> Place | None:
    """By what the mail names, the surest first. What anybody may know (our root id, a number) counts
    only for who takes part."""
    sender = mail.from_.folded
    for candidate in candidates(mail, host=tokens.host()):
        ticket = _named(candidate)
        if ticket is None:
            continue
        ticket = ticket.merged_into or ticket
        person = ticket.participants.in_force().filter(email=sender).first() if sender else None
        if person is not None or candidate.by == By.PARTICIPANT:
            return Place(ticket, person, candidate.by)
    return None


def possibly_about(mail: Mail) -> Ticket | None:
    """The order that the mail names, though its sender has no part in it."""
    for candidate in candidates(mail, host=tokens.host()):
        if (ticket := _named(candidate)) is not None:
            return ticket.merged_into or ticket
    return None


def _named(candidate: Candidate) -> Ticket | None:
    orders = Ticket.objects.select_related("department__desk", "merged_into")
    if candidate.by == By.PARTICIPANT:
        person = tokens.find(candidate.value)
        return orders.filter(pk=person.ticket_id).first() if person else None
    if candidate.by == By.MESSAGE_ID:
        entry = Entry.objects.filter(message_id=candidate.value).first()
        return orders.filter(pk=entry.ticket_id).first() if entry else None
    if candidate.by == By.ROOT:
        return orders.filter(pk=candidate.value).first()
    number = numbers.typed(candidate.value)
    return number.find_in(orders) if number else None


def _take_person(row: IncomingMail, mail: Mail, found: Class, at: datetime) -> None:
    verdict = _judge(row.mailbox, mail)
    place = place_of(mail)
    files = _stored(mail.attachments, place.ticket if place else None)
    try:
        with transaction.atomic():
            if place:
                # Who could not be told for certain, or wrote with somebody else's token, is held.
                held = not verdict.is_trusted or place.person is None
                said = _said(
                    row, mail, files, person=place.person, trusted=verdict.is_trusted, held=held
                )
                clients.answer(place.ticket, said, at=at)
            else:
                said = _said(row, mail, files, person=None, trusted=verdict.is_trusted)
                _open(row, mail, said, found, at)
            _end(row, Status.TAKEN, at)
    except AlreadySaid:
        _end(row, Status.TAKEN, at, error="twice")


def _open(row: IncomingMail, mail: Mail, said: Said, found: Class, at: datetime) -> None:
    own = _own_addresses()
    copies = [
        (one.name, one.folded)
        for one in (*mail.to, *mail.cc)
        if one.is_usable
        and loops.plain_address(one.address) not in own
        and one.folded != mail.from_.folded
    ]
    sender = mail.from_
    new = opening.NewTicket(
        source=Ticket.Source.MAIL, department=_department(row.mailbox),
        subject=mail.subject or _("(no subject)"), said=said, copies=copies[:20],
        possibly=possibly_about(mail),
        person=opening.Person(
            name=sender.name or sender.address, email=sender.folded if sender.is_usable else ""
        ),
    )  # fmt: skip
    opening.open_ticket(new, at=at, with_receipt=found.may_be_answered)


def _take_automatic(row: IncomingMail, mail: Mail, at: datetime) -> None:
    """It stands in the thread where it surely belongs to one; it changes nothing and is not answered."""
    place = place_of(mail)
    if place is None or place.person is None:
        _end(row, Status.IGNORED, at)
        return
    files = _stored(mail.attachments, place.ticket)
    said = _said(row, mail, files, person=place.person, trusted=True, kind=Entry.Kind.AUTO)
    try:
        with transaction.atomic():
            add_entry(place.ticket, said, at=at)
            _end(row, Status.TAKEN, at)
    except AlreadySaid:
        _end(row, Status.TAKEN, at, error="twice")


@transaction.atomic
def _take_bounce(row: IncomingMail, mail: Mail, found: Class, at: datetime) -> None:
    """Our mail came back: the person's address does not work, and agents see it. Nothing is sent."""
    person = next(filter(None, (_written_to(one) for one in found.returned_ids)), None)
    place = place_of(mail)
    ticket = person.ticket if person else place.ticket if place else None
    if ticket is None:
        _end(row, Status.IGNORED, at)
        return
    failed = {address.lower() for address in found.failed}
    people = ticket.participants.in_force()
    gone = people.filter(pk=person.pk) if person else people.filter(email__in=failed)
    if gone.filter(bounced_at=None).update(bounced_at=at):
        Ticket.objects.filter(pk=ticket.pk).update(bounced=True)
        note = ", ".join(sorted(failed)) or (person.email if person else "")
        Event.objects.create(ticket=ticket, kind=Event.Kind.BOUNCED, at=at, note=note[:500])
    _end(row, Status.TAKEN, at)


def _written_to(message_id: str) -> Participant | None:
    """To whom the mail with this id went, if it was ours: its token says so."""
    parts = message_id.partition("@")[0].split(".")
    return tokens.find(parts[3]) if len(parts) == 4 and parts[0] == "os" else None


def _said(
    row: IncomingMail, mail: Mail, files: list[NewFile], *, person: Participant | None, trusted: bool,
    held: bool = False, kind: Entry.Kind = Entry.Kind.CLIENT,
) -> Said:  # fmt: skip
    author = mail.from_.name or mail.from_.address or _("unknown sender")
    return Said(
        kind=kind, text=mail.text, html=mail.html, author=author, participant=person,
        user=person.user if person else None, source=Ticket.Source.MAIL, key=f"mail:{mail.key}",
        files=files, quoted_from=quotes.quoted_from(mail.text), sender_trusted=trusted, held=held,
        message_id=mail.message_id, mail=row,
    )  # fmt: skip


def _stored(files: Iterable[MailFile], ticket: Ticket | None) -> list[NewFile]:
    """The files in the store; pictures that the thread shows already are not stored again."""
    shown: set[str] = set()
    if ticket is not None:
        inline = Attachment.objects.filter(entry__ticket=ticket, inline=True)
        shown = set(inline.values_list("sha256", flat=True))
    found = []
    for file in files:
        if file.is_inline and file.sha256 in shown:
            continue
        shown.add(file.sha256)
        stored = store(file.content, prefix="tickets", name=file.name)
        found.append(
            NewFile(
                key=stored.key, name=safe_name(file.name), content_type=stored.content_type,
                size=stored.size, sha256=stored.sha256, content_id=file.content_id[:250],
                inline=file.is_inline,
            )
        )  # fmt: skip
    return found


def _judge(mailbox: Mailbox | None, mail: Mail) -> trust.Trust:
    sealers = [name.strip() for name in (mailbox.arc_sealers if mailbox else "").split(",")]
    return trust.judge(
        mail, authserv_id=mailbox.authserv_id if mailbox else "",
        arc_sealers=[name for name in sealers if name],
    )  # fmt: skip


def _own_addresses() -> set[str]:
    return {loops.plain_address(box) for box in Mailbox.objects.values_list("address", flat=True)}


def _department(mailbox: Mailbox | None) -> Department:
    if mailbox is not None:
        return mailbox.department
    first = Department.objects.filter(is_active=True).order_by("pk").first()
    if first is None:
        raise NoDepartment
    return first


def _note_heads(row: IncomingMail, mail: Mail, found: Class) -> None:
    row.sender, row.subject = mail.from_.address[:254], mail.subject[:200]
    row.message_id, row.kind = mail.message_id[:250], found.code[:40]
    row.save(update_fields=["sender", "subject", "message_id", "kind"])


def _end(row: IncomingMail, status: IncomingMail.Status, at: datetime, *, error: str = "") -> None:
    advance(row, to=status, done_at=at, error=error[:300])


def try_again(row: IncomingMail, *, at: datetime) -> None:
    """Staff want it read once more. IllegalTransition."""
    with transaction.atomic():
        advance(row, to=Status.WAITING, done_at=None, error="")
        enqueue_job(
            "tickets.take_mail", key=f"ticket-mail:{row.pk}:{at.timestamp():.6f}", mail=row.pk
        )


def discard(row: IncomingMail, *, at: datetime) -> None:
    """Staff need it no more. IllegalTransition."""
    advance(row, to=Status.DISCARDED, done_at=at)


@transaction.atomic
def forget(row: IncomingMail) -> None:
    """Delete a kept mail with its bytes."""
    delete_later(row.file_key)
    row.delete()
