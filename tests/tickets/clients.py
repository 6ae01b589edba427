"""What the tests of clients' pages share: an e-mail's link, a guest's browser, files."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.visits import KEY
from portal.outbox.models import Entry as Outbox
from portal.outbox.registry import jobs
from tests.factories import small_pdf
from tests.portal.entrance import mail_text, mails
from tickets.models import Ticket

ELIANE = "eliane@exemplo.com.br"


def words(response: Any) -> str:
    """What is read on the page, in one line."""
    page = re.sub(r"(?s)<(script|style|head)\b.*?</\1>|<[^>]+>", " ", response.content.decode())
    return " ".join(page.replace("&quot;", '"').split())


def run_jobs() -> None:
    for entry in Outbox.objects.filter(kind=Outbox.Kind.JOB, done_at=None).order_by("pk"):
        jobs[entry.name].run(**entry.arguments)


def link_in_mail(to: str, kind: str) -> str:
    """The path of the last link of this ``kind`` that was mailed: "visita", "os/confirmar"."""
    found = [re.search(rf"(/{kind}/\S+)", mail_text(entry)) for entry in mails(to)]
    links = [match[1] for match in found if match]
    assert links, [mail_text(entry) for entry in mails(to)]
    return links[-1]


def guest_of(ticket: Ticket, email: str = ELIANE) -> Client:
    """A browser that came by the link in the newest mail about the order."""
    browser = Client()
    answer = browser.post(link_in_mail(email, "visita"))
    assert answer["Location"] == ticket.get_absolute_url()
    assert browser.session[KEY]["email"] == email
    return browser


def url(name: str, ticket: Ticket, **arguments: Any) -> str:
    return reverse(f"tickets:{name}", kwargs={"number": ticket.number, **arguments})


def a_pdf(name: str = "nota.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, small_pdf(), "application/pdf")


def a_text(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("grande.txt", b"x" * size, "text/plain")


def of(user: User) -> dict[str, Any]:
    """What makes an order this person's."""
    return {"user": user, "email": user.email or ""}


def a_program(name: str = "nota.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"MZ\x90\0" + b"\0" * 200, "application/pdf")
