"""An order on paper: who reads what, what strangers wrote harms nothing, and too long is said."""

import io

import pypdfium2
import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from portal import sandbox
from portal.accounts.models import User
from tests.factories import make_user
from tests.factories.tickets import make_ticket, said
from tickets import paper
from tickets.models import Entry, Member, Ticket
from tickets.services import life, printing

pytestmark = pytest.mark.django_db


def make_thread(user: User) -> Ticket:
    """An order with a note, and with an answer that is held."""
    ticket = make_ticket(
        user=user, email=user.email or "", text="Pedido da cliente", subject="IPVA"
    )
    life.note(ticket, said("Segredo da equipe", kind=Entry.Kind.NOTE), at=timezone.now())
    held = said("Palavras retidas", sender_trusted=False, held=True)
    life.client_says(ticket, held, at=timezone.now())
    return ticket


def enter(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def agent_of(ticket: Ticket) -> User:
    agent = make_user("Caio Atendente", is_staff=True)
    agent.user_permissions.add(
        Permission.objects.get(content_type__app_label="tickets", codename="view_ticket")
    )
    Member.objects.create(department=ticket.department, user=agent)
    return agent


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def picture(side: int = 40) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (side, side), "orange").save(made, "PNG")
    return made.getvalue()


def test_the_client_s_paper_holds_neither_notes_nor_what_is_held():
    ana = make_user("Ana Exemplo")
    ticket = make_thread(ana)
    for name in ("tickets:print", "tickets:pdf"):
        answer = enter(ana).get(reverse(name, args=[ticket.number]), {"notes": "1"})
        words = words_of(answer.content) if name.endswith("pdf") else answer.content.decode()
        assert answer.status_code == 200
        assert "Pedido da cliente" in words
        assert ticket.number in words
        assert "Segredo da equipe" not in words
        assert "Palavras retidas" not in words


def test_an_agent_prints_with_the_notes_or_without():
    ticket = make_thread(make_user("Ana Exemplo"))
    browser = enter(agent_of(ticket))
    page = reverse("tickets:print", args=[ticket.number])
    assert "Segredo da equipe" not in browser.get(page).content.decode()
    assert "Segredo da equipe" in browser.get(page, {"notes": "1"}).content.decode()
    pdf = browser.get(reverse("tickets:pdf", args=[ticket.number]), {"notes": "1"})
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Cache-Control"] == "private, no-store"
    assert "Segredo da equipe" in words_of(pdf.content)


def test_nobody_else_prints_it():
    ticket = make_thread(make_user("Ana Exemplo"))
    stranger = make_user("Bruno Outro")
    for name in ("tickets:print", "tickets:pdf"):
        assert enter(stranger).get(reverse(name, args=[ticket.number])).status_code == 404


def test_paper_fetches_nothing_and_shows_pictures_that_are_none_by_their_words():
    bomb = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(bomb, "PNG")
    html = (
        '<p>Foto <img src="picture/1" alt="primeira"> <img src="picture/2" alt="segunda">'
        '<img src="picture/3" alt="terceira"><img src="picture/4" alt="quarta">'
        '<img src="file:///etc/hostname" alt="arquivo"><img src="http://127.0.0.1:9/" alt="remota"></p>'
    )
    pictures = [(1, picture()), (2, b"\x89PNG\r\n\x1a\nnada"), (3, bomb.getvalue())]
    words = words_of(sandbox.run(paper.press, html, pictures, "#123456", limits=printing.LIMITS))
    assert "primeira" not in words
    for word in ("segunda", "terceira", "quarta", "arquivo", "remota"):
        assert word in words


def test_what_is_too_long_or_too_deep_for_a_pdf_is_printed_from_its_page():
    ana = make_user("Ana Exemplo")
    ticket = make_thread(ana)
    entry = ticket.entries.get(text="Pedido da cliente")
    for html, text in (("<div>" * 480 + "fundo", "fundo"), ("", "longo " * 60_000)):
        Entry.objects.filter(pk=entry.pk).update(html=html, text=text)
        answer = enter(ana).get(reverse("tickets:pdf", args=[ticket.number]), follow=True)
        assert answer.redirect_chain[0][0] == reverse("tickets:print", args=[ticket.number])
        assert text[:5] in answer.content.decode()
