"""Mails as mailboxes get them, taken in."""

from email.message import EmailMessage
from typing import Any

from django.utils import timezone

from portal.outbox.models import Entry as Outbox
from tests.factories.tickets import make_department
from tickets.models import IncomingMail, Mailbox, Ticket
from tickets.services import incoming, tokens

BOX = "os@provedor.example"
ELIANE = "eliane@exemplo.com.br"


def make_mailbox(**values: object) -> Mailbox:
    given = {
        "department": make_department(), "address": BOX, "host": "127.0.0.1", "username": "os",
        "authserv_id": "mx.provedor.example", "plus_addresses": True, **values,
    }  # fmt: skip
    return Mailbox.objects.create(**given)


def an_email(text: str = "Preciso do IPVA.", *, sender: str = f"Eliane Exemplo <{ELIANE}>",
             results: str = "dmarc=pass", **headers: str) -> EmailMessage:  # fmt: skip
    mail = EmailMessage()
    domain = sender.rpartition("@")[2].strip(">")
    if results:
        mail["Authentication-Results"] = f"mx.provedor.example; {results} header.from={domain}"
    mail["From"], mail["To"] = sender, headers.pop("To", BOX)
    mail["Subject"] = headers.pop("subject", "IPVA - 1° Emplacamento")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def with_picture(mail: EmailMessage, html: str, picture: bytes, *, times: int = 1) -> bytes:
    """With a page that shows the picture ``cid:logo@x``, which comes so many times."""
    mail.add_alternative(html, subtype="html")
    page: Any = list(mail.iter_parts())[1]
    for _ in range(times):
        page.add_related(picture, "image", "png", cid="<logo@x>")
    return mail.as_bytes()


def a_mail(text: str = "Preciso do IPVA.", **given: str) -> bytes:
    return an_email(text, **given).as_bytes()


def take(raw: bytes, mailbox: Mailbox | None) -> IncomingMail:
    row = incoming.keep(raw, at=timezone.now(), mailbox=mailbox)
    incoming.take(row, at=timezone.now())
    row.refresh_from_db()
    return row


def token_address(ticket: Ticket, email: str = ELIANE) -> str:
    token = tokens.token_of(ticket.participants.get(email=email))
    return f"os+{token}@provedor.example"


def our_id(ticket: Ticket, email: str = ELIANE) -> str:
    """The Message-ID of a mail of ours about the order's first entry."""
    person = ticket.participants.get(email=email)
    return tokens.message_id(ticket.entries.earliest("pk"), tokens.token_of(person))


def mails_out() -> int:
    return Outbox.objects.filter(kind="mail").count()


def a_bounce(message_id: str) -> bytes:
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
