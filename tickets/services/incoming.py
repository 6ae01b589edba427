"""Mail that came in: kept as it is first, then read, and put where it belongs.

Nothing that a stranger sends is lost or raises: each mail ends in an order, as ignored, or where a
person looks at it.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal import sandbox
from portal.accounts.models import User
from portal.files.services import claim, delete_later, drop_unclaimed, open_file, store
from portal.outbox.services import enqueue_job
from portal.transitions import IllegalTransition, advance
from tickets.mail import bounces, loops
from tickets.mail.classify import Class, Kind, classify
from tickets.mail.message import Mail
from tickets.mail.reading import examine
from tickets.models import Department, Entry, Event, IncomingMail, Mailbox, Participant, Ticket
from tickets.services import clients, life, mail_files, matching, opening, tokens
from tickets.services.mail_files import MailFiles
from tickets.services.matching import Place
from tickets.services.thread import AlreadySaid, Said, add_entry

Status = IncomingMail.Status
MOST_COPIES = 20  # people that one mail brings in
MOST_PEOPLE = 50  # of one order


class NoDepartment(Exception):
    """There is no department that could take mail: nothing was set up yet."""


def keep(
    raw: bytes, *, at: datetime, mailbox: Mailbox | None = None, uid_validity: int = 0, uid: int = 0
) -> IncomingMail:
    """Store a mail as it came, before anything reads it, and have it taken in.

    The same mail of the same mailbox again is the row of the first time. Outside of transactions.
    """
    fetched = IncomingMail.objects.filter(mailbox=mailbox, uid_validity=uid_validity, uid=uid)
    if uid and (known := fetched.first()):
        return known
    stored = store(raw, prefix="tickets/mail", name="mail.eml")
    try:
        with transaction.atomic():
            row = IncomingMail.objects.create(
                mailbox=mailbox, uid_validity=uid_validity, uid=uid, file_key=stored.key,
                size=stored.size, sha256=stored.sha256, fetched_at=at,
            )  # fmt: skip
            claim(stored.key)
            _enqueue(row, at)
    except IntegrityError:  # another process fetched it at the same moment
        drop_unclaimed(stored.key)
        return fetched.get()
    return row


def take(row: IncomingMail, *, at: datetime, as_person: bool = False) -> None:
    """Read a kept mail and put it where it belongs. Outside of transactions.

    ``as_person``: an agent says that somebody wrote it, whatever marks it has. Raises
    ``sandbox.Busy``: try again later.
    """
    if row.status != Status.WAITING:
        return
    files = MailFiles()
    with suppress(IllegalTransition):  # another worker was faster
        try:
            with open_file(row.file_key) as file:
                mail = examine(file.read())
            files = _files_of(mail, as_person=as_person)
            put(row, mail, files, at=at, as_person=as_person)
        except sandbox.Busy:
            raise
        except sandbox.NotExamined as error:
            give_up(row, " ".join(error.messages), at=at)
        except FileNotFoundError:
            give_up(row, _("The mail's file is missing in the store."), at=at)
        except NoDepartment:
            give_up(row, _("There is no active department that could take it."), at=at)
        finally:
            mail_files.drop(files)


def _files_of(mail: Mail, *, as_person: bool) -> MailFiles:
    """What may become files of an entry; nothing is stored for a mail that makes none."""
    is_report = classify(mail).kind == Kind.BOUNCE and not as_person
    if is_report or matching.is_known(mail) or returns_to_us(mail):
        return MailFiles()
    return mail_files.store_files(mail)


def returns_to_us(mail: Mail) -> str:
    """Why it is one of our own mails, come back; "" if it is not."""
    own = matching.own_addresses()
    return loops.returns_to_us(mail, host=tokens.host(), mailboxes=own)


@transaction.atomic
def put(
    row: IncomingMail, mail: Mail, files: MailFiles, *, at: datetime, as_person: bool = False
) -> None:
    """Put a mail that was read where it belongs. Raises NoDepartment, IllegalTransition.

    It claims those of ``files`` that the entry has.
    """
    found = classify(mail)
    _note_heads(row, mail, found)
    if reason := returns_to_us(mail):
        _end(row, Status.IGNORED, at, error=reason)
    elif found.kind == Kind.BOUNCE and not as_person:
        _take_bounce(row, mail, found, at)
    else:
        try:
            with transaction.atomic():
                is_taken = _take(row, mail, found, files, at=at, as_person=as_person)
        except AlreadySaid:
            _end(row, Status.TAKEN, at, error="twice")
            return
        _end(row, Status.TAKEN if is_taken else Status.IGNORED, at)


def _take(
    row: IncomingMail, mail: Mail, found: Class, files: MailFiles, *, at: datetime, as_person: bool
) -> bool:
    """Make the entry; False for an automatic mail that belongs to no order."""
    verdict = matching.judge(row.mailbox, mail)
    place = matching.place_of(mail)
    letter = _Letter(row, mail, files, verdict.is_trusted)
    if found.kind == Kind.AUTO and not as_person:
        return _take_automatic(letter, place, at)
    if agent := matching.agent_who_wrote(mail, verdict):
        _take_agent(letter, *agent, at)
    elif place and _joins(place, verdict.is_trusted, at):
        _take_answer(letter, place, found, at)
    else:
        _open(letter, found, at)
    return True


@dataclass(frozen=True)
class _Letter:
    row: IncomingMail
    mail: Mail
    files: MailFiles
    is_trusted: bool


def _joins(place: Place, is_trusted: bool, at: datetime) -> bool:
    """Whether it goes to that order. Of one that was closed long ago only who is proven opens the
    one that follows it; anybody else opens an order of their own."""
    sure = is_trusted and place.person is not None
    return sure or place.ticket.status == Ticket.Status.SPAM or life.may_reopen(place.ticket, at=at)


def _take_answer(letter: _Letter, place: Place, found: Class, at: datetime) -> None:
    ticket, is_spam = place.ticket, place.ticket.status == Ticket.Status.SPAM
    why = _why_held(letter, place, at) if life.may_reopen(ticket, at=at) else ""
    held = is_spam or bool(why)
    said = _said(letter, ticket, person=place.person, held=held)
    if is_spam:
        add_entry(ticket, said, at=at)  # nobody is told
        return
    ticket = clients.answer(ticket, said, at=at)
    if held:
        Event.objects.create(ticket=ticket, kind=Event.Kind.HELD, at=at, note=why)
    elif not found.is_list:
        room = MOST_PEOPLE - ticket.participants.count()
        opening.add_copies(ticket, _copies(letter.mail)[: max(0, room)], at=at)


def _why_held(letter: _Letter, place: Place, at: datetime) -> str:
    """Why a person must look at the answer before it counts; "" if it counts at once."""
    ended = (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)
    if not letter.is_trusted:
        return _("the sender is not verified")
    if place.person is None:
        return _("the sender takes no part in this order")
    if matching.writes_too_often(place.person, at=at):
        return _("many e-mails from this address within an hour")
    if place.ticket.status in ended and matching.was_reopened_too_often(place.ticket, at=at):
        return _("opened again too often within a day")
    return ""


def _take_agent(letter: _Letter, user: User, ticket: Ticket, at: datetime) -> None:
    """An agent answers by mail, as on the order's page; of spam it is a note."""
    words = mail_files.own_words_of(letter.mail, letter.files.notices)
    is_note = ticket.status == Ticket.Status.SPAM
    said = Said(
        kind=Entry.Kind.NOTE if is_note else Entry.Kind.AGENT, text=words.text, html=words.html,
        author=user.name, user=user, source=Ticket.Source.MAIL, files=letter.files.kept,
        key=matching.entry_key(letter.mail), message_id=letter.mail.message_id, mail=letter.row,
    )  # fmt: skip
    if is_note:
        life.note(ticket, said, at=at)
        return
    if ticket.status in (Ticket.Status.RESOLVED, Ticket.Status.CLOSED):
        life.reopen(ticket, by=user, at=at)
    reached = {one.folded for one in (*letter.mail.to, *letter.mail.cc)}
    life.agent_answers(
        ticket, said, to=Ticket.Status.WAITING_CLIENT, at=at, reached=reached
    )  # fmt: skip


def _open(letter: _Letter, found: Class, at: datetime) -> None:
    mail, sender = letter.mail, letter.mail.from_
    new = opening.NewTicket(
        source=Ticket.Source.MAIL, department=_department(letter.row.mailbox),
        subject=mail.subject or _("(no subject)"), said=_said(letter, None),
        copies=[] if found.is_list else _copies(mail), possibly=matching.possibly_about(mail),
        person=opening.Person(
            name=sender.name or sender.address, email=sender.folded if sender.is_usable else ""
        ),
    )  # fmt: skip
    opening.open_ticket(new, at=at, with_receipt=found.may_be_answered)


def _copies(mail: Mail) -> list[tuple[str, str]]:
    """Name and address of who else got it, as far as they can be written to."""
    own = matching.own_addresses()
    found = {
        one.folded: one.name
        for one in (*mail.to, *mail.cc)
        if one.is_usable
        and loops.plain_address(one.address) not in own
        and one.folded != mail.from_.folded
        and not bounces.is_daemon(one)
    }
    return [(name, email) for email, name in found.items()][:MOST_COPIES]


def _take_automatic(letter: _Letter, place: Place | None, at: datetime) -> bool:
    """It stands in the thread where it surely belongs to one; it changes nothing and is not answered."""
    if place is None or place.person is None:
        return False
    said = _said(letter, place.ticket, person=place.person, kind=Entry.Kind.AUTO)
    add_entry(place.ticket, said, at=at)
    return True


def _take_bounce(row: IncomingMail, mail: Mail, found: Class, at: datetime) -> None:
    """Our mail came back: the person's address does not work, and agents see it. Nothing is sent."""
    person = next(filter(None, map(matching.written_to, found.returned_ids)), None)
    place = None if person else matching.place_of(mail)
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


def _said(
    letter: _Letter, ticket: Ticket | None, *, person: Participant | None = None, held: bool = False,
    kind: Entry.Kind = Entry.Kind.CLIENT,
) -> Said:  # fmt: skip
    mail, kept = letter.mail, list(letter.files.kept)
    words = mail_files.words_of(mail, letter.files.notices)
    return Said(
        kind=kind, text=words.text, html=words.html, quoted_from=words.quoted_from,
        author=mail.from_.name or mail.from_.address or _("unknown sender"), participant=person,
        user=person.user if person else None, source=Ticket.Source.MAIL,
        files=mail_files.without_repeated(kept, ticket) if ticket else kept,
        key=matching.entry_key(mail), sender_trusted=letter.is_trusted, held=held,
        message_id=mail.message_id, mail=letter.row,
    )  # fmt: skip


def _department(mailbox: Mailbox | None) -> Department:
    """The mailbox's, or the first where that was closed. NoDepartment."""
    if mailbox is not None and mailbox.department.is_active:
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


def _enqueue(row: IncomingMail, at: datetime, *, as_person: bool = False) -> None:
    key = f"ticket-mail:{row.pk}:{at.timestamp():.6f}"
    enqueue_job("tickets.take_mail", key=key, mail=row.pk, as_person=as_person)


def give_up(row: IncomingMail, why: str, *, at: datetime) -> None:
    """It could not be read or put anywhere: staff look at it. IllegalTransition."""
    _end(row, Status.UNREADABLE, at, error=why)


@transaction.atomic
def try_again(row: IncomingMail, *, at: datetime) -> None:
    """Staff want it read once more; what was left out as automatic is then taken as a person's.
    IllegalTransition."""
    as_person = row.status == Status.IGNORED
    advance(row, to=Status.WAITING, only_if={"status": row.status}, done_at=None, error="")
    _enqueue(row, at, as_person=as_person)


def discard(row: IncomingMail, *, at: datetime) -> None:
    """Staff need it no more. IllegalTransition."""
    advance(row, to=Status.DISCARDED, done_at=at)


def wake_forgotten(*, before: datetime, at: datetime) -> int:
    """Have those taken that wait since ``before`` (a job was lost with a restored copy, say); how
    many. A second job of one mail does nothing."""
    waiting = IncomingMail.objects.filter(status=Status.WAITING, fetched_at__lt=before)
    for row in (found := list(waiting.order_by("pk")[:500])):
        key = f"ticket-mail:{row.pk}:{at:%Y%m%d%H}"
        enqueue_job("tickets.take_mail", key=key, mail=row.pk)
    return len(found)


@transaction.atomic
def forget(row: IncomingMail) -> None:
    """Delete a kept mail with its bytes."""
    delete_later(row.file_key)
    row.delete()
