"""Files of an order: which come in, how they are shown, and how they leave."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.datastructures import MultiValueDict
from PIL import Image

from portal.accounts.models import User
from portal.outbox.models import Entry as Outgoing
from tests.factories import make_user
from tests.factories.tickets import make_file, make_ticket, said
from tickets.forms import files
from tickets.forms.clients import MessageForm
from tickets.models import Entry, Ticket
from tickets.services import life, showing

pytestmark = pytest.mark.django_db


def picture(colour: str = "orange") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(made, "PNG")
    return made.getvalue()


def form_with(*sent: SimpleUploadedFile) -> MessageForm:
    return MessageForm(
        {"message": "Segue", "html": "<p>Segue</p>"}, MultiValueDict({"attachments": list(sent)})
    )


def enter(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_files_are_known_by_their_bytes_and_each_refused_one_is_named():
    form = form_with(
        SimpleUploadedFile("nota.pdf.exe", b"MZ\x90\0\3\0\0\0"),
        SimpleUploadedFile("foto.png", picture()),
        SimpleUploadedFile("vazio.txt", b""),
    )
    assert not form.is_valid()
    assert [str(error).partition(":")[0] for error in form.errors["attachments"]] == [
        "nota.pdf.exe", "vazio.txt",
    ]  # fmt: skip
    assert ">Segue</textarea>" in str(form).replace("\n", "")
    assert [file.name for file in form.attached.accepted] == ["foto.png"]


def test_number_and_size_have_limits(monkeypatch):
    monkeypatch.setattr(files, "MOST", 2)
    three = [SimpleUploadedFile(f"{n}.txt", b"abc") for n in range(3)]
    assert not form_with(*three).is_valid()
    assert form_with(*three[:2]).is_valid()
    monkeypatch.setattr(files, "LARGEST", 2)
    assert not form_with(three[0]).is_valid()


def test_the_field_says_its_limits_and_the_thread_sizes_as_brazilians_write_them(client):
    ana = make_user("Ana Exemplo")
    file = make_file("telephony.txt", b"x" * 132_900)
    ticket = make_ticket(user=ana, email=ana.email or "", said=said(files=[file]))
    with translation.override("pt-br"):
        page = enter(ana).get(ticket.get_absolute_url()).content.decode().replace("\xa0", " ")
    assert "(129,8 KB)" in page
    assert "10 MB" in page
    assert "25 MB" in page


def make_mail(user: User) -> tuple[Ticket, Entry]:
    """A mail with a picture in its text, one that the thread had before, and a PDF."""
    ticket = make_ticket(user=user, email=user.email or "")
    html = (
        '<p>Foto: <img src="cid:foto@x" alt="a foto"> <img src="cid:logo@x" alt="o logotipo"></p>'
        "<div>Em qui., 26 de nov. de 2026 às 10:12, Atendimento escreveu:</div>"
        "<blockquote>Qual é a placa?</blockquote>"
    )
    sent = [
        make_file("foto.png", picture(), content_id="foto@x", inline=True),
        make_file("nota.pdf", b"%PDF-1.7\n%%EOF"),
    ]
    words = said("Foto", html=html, files=sent, source=Ticket.Source.MAIL)
    return ticket, life.client_says(ticket, words, at=timezone.now())


def test_pictures_of_a_mail_stand_in_its_text_and_quotes_are_folded_not_cut():
    ticket, entry = make_mail(make_user("Ana Exemplo"))
    found = showing.shown(entry)
    foto, pdf = entry.attachments.order_by("pk")
    address = reverse("tickets:attachment", args=[ticket.number, foto.pk])
    assert f'src="{address}"' in found.own
    assert "cid:" not in found.own
    assert "o logotipo" in found.own  # shown in the thread before: its words alone
    assert "Qual é a placa?" in found.quoted
    assert "Qual é a placa?" not in found.own
    assert found.files == [pdf]


def test_a_picture_that_no_text_shows_is_listed_as_a_file():
    _ticket, entry = make_mail(make_user("Ana Exemplo"))
    Entry.objects.filter(pk=entry.pk).update(html="")
    again = Entry.objects.select_related("ticket").get(pk=entry.pk)
    assert len(showing.shown(again).files) == 2


def test_only_pictures_are_shown_in_place_and_the_rest_is_downloaded():
    ana = make_user("Ana Exemplo")
    ticket, entry = make_mail(ana)
    foto, pdf = entry.attachments.order_by("pk")
    shown = enter(ana).get(reverse("tickets:attachment", args=[ticket.number, foto.pk]))
    assert shown["Content-Disposition"].startswith("inline")
    assert "sandbox" in shown["Content-Security-Policy"]
    taken = enter(ana).get(
        reverse("tickets:attachment", args=[ticket.number, pdf.pk]), {"inline": "1"}
    )
    assert taken["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("hidden", [{"kind": "note"}, {"held": True}])
def test_files_of_notes_and_of_what_is_held_are_no_client_s(hidden):
    ana = make_user("Ana Exemplo")
    ticket, entry = make_mail(ana)
    Entry.objects.filter(pk=entry.pk).update(**hidden)
    for file in entry.attachments.all():
        address = reverse("tickets:attachment", args=[ticket.number, file.pk])
        assert enter(ana).get(address).status_code == 404


def test_a_mail_that_could_not_be_handed_over_is_marked_for_agents():
    ticket = make_ticket()
    words = said("Pronto.", kind=Entry.Kind.AGENT)
    entry = life.agent_answers(ticket, words, to=Ticket.Status.WAITING_CLIENT, at=timezone.now())
    assert showing.undelivered(ticket, [entry]) == {}
    sent = Outgoing.objects.filter(key__startswith=f"ticket:{ticket.pk}:entry:{entry.pk}:")
    assert sent.update(status=Outgoing.Status.FAILED) == 1
    assert showing.undelivered(ticket, [entry]) == {entry.pk: [ticket.email]}
