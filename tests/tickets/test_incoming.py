"""Mail that came in: each one ends in one place, and strangers get into no order."""

from email.message import EmailMessage

import pytest
from django.utils import timezone

from portal.outbox.models import Entry as Outbox
from tests.factories.tickets import make_department, make_ticket
from tickets.models import Entry, IncomingMail, Mailbox, Ticket
from tickets.services import acts, incoming, life, tokens

# Files are stored outside of transactions.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
BOX = "os@provedor.example"
ELIANE = "eliane@exemplo.com.br"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox.objects.create(
        department=make_department(), address=BOX, host="127.0.0.1", username="os",
        authserv_id="mx.provedor.example", plus_addresses=True,
    )  # fmt: skip


def a_mail(text: str = "Preciso do IPVA.", *, sender: str = f"Eliane Exemplo <{ELIANE}>",
           proven: bool = True, **headers: str) -> bytes:  # fmt: skip
    mail = EmailMessage()
    domain = sender.rpartition("@")[2].strip(">")
    if proven:
        mail["Authentication-Results"] = f"mx.provedor.example; dmarc=pass header.from={domain}"
    mail["From"], mail["To"] = sender, BOX
    mail["Subject"] = headers.pop("subject", "IPVA - 1° Emplacamento")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def take(raw: bytes, mailbox: Mailbox | None) -> IncomingMail:
    row = incoming.keep(raw, at=timezone.now(), mailbox=mailbox)
    incoming.take(row, at=timezone.now())
    row.refresh_from_db()
    return row


def token_address(ticket: Ticket, email: str = ELIANE) -> str:
    token = tokens.token_of(ticket.participants.get(email=email))
    return f"os+{token}@provedor.example"


def test_a_mail_opens_an_order_of_its_mailbox_and_its_sender_gets_the_number(mailbox):
    row = take(a_mail(Message_ID="<1@exemplo.com.br>"), mailbox)
    ticket = Ticket.objects.get()
    assert (row.status, ticket.source, ticket.email) == ("taken", "mail", ELIANE)
    assert ticket.subject == "IPVA - 1° Emplacamento"
    assert ticket.entries.get().text.strip() == "Preciso do IPVA."
    assert Outbox.objects.filter(kind="mail", recipient=ELIANE).count() == 1


def test_the_same_mail_twice_is_one_entry(mailbox):
    raw = a_mail(Message_ID="<1@exemplo.com.br>")
    take(raw, mailbox)
    again = take(raw, mailbox)
    assert (again.status, again.error) == ("taken", "twice")
    assert Entry.objects.count() == 1


def test_two_who_are_copied_on_one_mail_make_one_order(mailbox):
    take(a_mail(Message_ID="<1@exemplo.com.br>", Cc="Colega <colega@exemplo.com.br>"), mailbox)
    take(
        a_mail(
            "Complemento.", sender="colega@exemplo.com.br", Message_ID="<2@exemplo.com.br>",
            In_Reply_To="<1@exemplo.com.br>",
        ),
        mailbox,
    )  # fmt: skip
    assert Ticket.objects.get().entries.count() == 2


def test_an_answer_finds_its_order_by_the_token_in_its_address(mailbox):
    ticket = make_ticket(email=ELIANE)
    take(a_mail("Segue.", subject="Outra coisa", Delivered_To=token_address(ticket)), mailbox)
    assert [entry.held for entry in ticket.entries.all()] == [False, False]


def test_a_sender_who_is_not_proven_is_held_and_opens_nothing_again(mailbox, cast):
    ticket = make_ticket(email=ELIANE)
    life.close(ticket, by=cast.atendente, reason="Resolvida", at=timezone.now())
    take(a_mail("Sou eu.", proven=False, Delivered_To=token_address(ticket)), mailbox)
    ticket.refresh_from_db()
    entry = ticket.entries.get(held=True)
    assert ticket.status == "closed"
    acts.take_in(entry, by=cast.atendente, at=timezone.now())
    ticket.refresh_from_db()
    assert (ticket.status, ticket.entries.filter(held=True).exists()) == ("waiting_agent", False)


def test_who_got_it_forwarded_is_held_with_the_token_and_opens_another_without(mailbox):
    ticket = make_ticket(email=ELIANE)
    stranger = "Estranho <estranho@exemplo.net>"
    take(a_mail("Deixe comigo.", sender=stranger, Delivered_To=token_address(ticket)), mailbox)
    assert ticket.entries.get(held=True).author == "Estranho"
    take(a_mail("E isto?", sender=stranger, subject=f"Re: [O.S. {ticket.number}] IPVA"), mailbox)
    other = Ticket.objects.exclude(pk=ticket.pk).get()
    assert other.possibly == ticket
    assert ticket.entries.count() == 2


def test_the_number_in_the_subject_counts_for_who_takes_part(mailbox):
    ticket = make_ticket(email=ELIANE)
    take(a_mail("Segue.", subject=f"RES: O.S. {ticket.number}"), mailbox)
    assert ticket.entries.count() == 2


def test_automatic_mail_is_not_answered_and_opens_nothing(mailbox):
    before = Outbox.objects.filter(kind="mail").count()
    row = take(a_mail("Estou de férias.", Auto_Submitted="auto-replied"), mailbox)
    assert row.status == "ignored"
    assert not Ticket.objects.exists()
    assert Outbox.objects.filter(kind="mail").count() == before


def test_our_own_mail_come_back_is_ignored(mailbox):
    row = take(a_mail(sender=BOX), mailbox)
    assert (row.status, row.error) == ("ignored", "own_address")


def test_two_systems_that_answer_each_other_come_to_an_end(mailbox):
    for n in range(30):
        take(a_mail(f"Recebemos {n}.", sender="sistema@outro.example"), mailbox)
    answers = Outbox.objects.filter(kind="mail", recipient="sistema@outro.example").count()
    assert answers == 10


def test_what_comes_back_marks_the_person_whose_address_does_not_work(mailbox):
    ticket = make_ticket(email=ELIANE)
    person = ticket.participants.get()
    message_id = tokens.message_id(ticket.entries.get(), tokens.token_of(person))
    take(_bounce(message_id), mailbox)
    person.refresh_from_db()
    ticket.refresh_from_db()
    assert person.bounced_at is not None
    assert ticket.bounced
    assert ticket.entries.count() == 1


def test_without_a_sender_an_order_is_opened_all_the_same(mailbox):
    row = take(b"Subject: sem remetente\r\n\r\nOi.\r\n", mailbox)
    assert row.status == "taken"
    assert Ticket.objects.get().email == ""


def _bounce(message_id: str) -> bytes:
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.exemplo.com.br\r\n"
        f"To: {BOX}\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNao foi entregue.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.exemplo.com.br\r\n\r\n"
        f"Final-Recipient: rfc822; {ELIANE}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nFrom: {BOX}\r\n"
        f"To: {ELIANE}\r\nSubject: IPVA\r\n\r\nOi.\r\n--b--\r\n"
    ).encode()
