"""Files of a form that is refused come back with it, for who sent them, once, for a day."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import limits
from portal.accounts.limits import Limit
from portal.files.models import PendingFile
from portal.files.services import claim, sweep
from tests.factories import make_user
from tests.factories.tickets import make_agent, make_department, make_ticket, make_topic, said
from tests.portal.entrance import code
from tests.tickets.clients import ELIANE, a_pdf, a_text, guest_of, url, words
from tickets.forms import files
from tickets.models import Attachment, CannedReply, Entry, Ticket
from tickets.services import life

pytestmark = pytest.mark.django_db
GONE = "não estão mais disponíveis"


def enter(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def kept(answer: Any, form: str = "form") -> dict[str, Any]:
    """What the form that came back sends along by itself."""
    field = answer.context[form].attached
    return {"attachments_kept": [file.reference for file in field.kept]}


def names() -> list[str]:
    return sorted(Attachment.objects.values_list("name", flat=True))


@pytest.fixture
def ana() -> Client:
    return enter(make_user("Ana Exemplo", email="ana@exemplo.com.br"))


@pytest.fixture
def agent() -> Client:
    return enter(make_agent(make_department()))


@pytest.fixture
def address() -> str:
    return reverse("tickets:open_topic", args=[make_topic(name="IPVA").pk])


def test_files_of_an_order_without_a_message_come_back_and_go_with_it(ana, address):
    refused = ana.post(address, {"subject": "IPVA", "message": "", "attachments": a_pdf()})
    assert refused.status_code == 422
    assert "nota.pdf" in words(refused)
    assert "escolha" not in words(refused).lower().partition("nota.pdf")[2][:200]
    again = {"subject": "IPVA", "message": "Segue.", "html": ""}
    sent = ana.post(address, {**again, **kept(refused), "attachments": a_text(3)})
    assert sent.status_code == 302
    assert names() == ["grande.txt", "nota.pdf"]
    assert not PendingFile.objects.exists()


def test_a_strangers_files_serve_that_browser_alone(address):
    eliane, other = Client(), Client()
    form = {"email": ELIANE, "name": "Eliane", "subject": "IPVA", "message": "Segue."}
    refused = eliane.post(address, {**form, **code(), "captcha_1": "x", "attachments": a_pdf()})
    mine = kept(refused)
    other.post(address, {**form, "attachments": a_text(3)})  # has a session of its own
    stolen = other.post(address, {**form, **code(), **mine})
    assert stolen.status_code == 422
    assert GONE in words(stolen)
    assert eliane.post(address, {**form, **code(), **mine}).status_code == 302
    assert names() == ["nota.pdf"]


def test_a_new_security_code_leaves_the_files(address):
    page = Client().post(address, {"new_code": "1", "attachments": a_pdf()})
    assert [file.name for file in page.context["form"].attached.kept] == ["nota.pdf"]


def test_what_is_ticked_is_left_out_and_no_reference_serves_twice(ana, address):
    form = {"subject": "IPVA", "html": ""}
    both = [a_pdf("a.pdf"), a_pdf("b.pdf")]
    mine = kept(ana.post(address, {**form, "message": "", "attachments": both}))
    one, two = mine["attachments_kept"]
    sent = {**form, **mine, "message": "Segue.", "attachments_drop": one}
    ana.post(address, sent)
    assert names() == ["b.pdf"]
    again = ana.post(address, {**form, "message": "De novo.", "attachments_kept": [two, "x"]})
    assert again.status_code == 422
    assert GONE in words(again)
    assert names() == ["b.pdf"]


def test_a_guest_and_another_person_of_the_order_do_not_share(address):
    ticket = make_ticket()
    guest = guest_of(ticket)
    refused = guest.post(url("reply", ticket), {"message": "", "attachments": a_pdf()})
    mine = kept(refused)
    user = make_user("Bia Exemplo", email="bia@exemplo.com.br")
    ticket.participants.create(
        user=user, email="bia@exemplo.com.br", name="Bia", added_at=timezone.now()
    )
    taken = enter(user).post(url("reply", ticket), {"message": "Minha.", **mine})
    assert taken.status_code == 422
    form = {"message": "Segue.", "csrfmiddlewaretoken": "c" * 64, **mine}
    for _ in range(2):  # the second finds the files used up, by the first
        assert guest.post(url("reply", ticket), form).status_code == 302
    assert names() == ["nota.pdf"]


def test_of_two_forms_at_once_the_second_is_told_that_its_files_are_gone(monkeypatch):
    ticket = make_ticket()
    guest = guest_of(ticket)
    mine = kept(guest.post(url("reply", ticket), {"message": "", "attachments": a_pdf()}))

    def other_was_faster(ticket: Ticket, words: Any, *, at: Any) -> Ticket:
        claim(words.files[0].key)
        life.client_says(ticket, words, at=at)
        raise AssertionError

    monkeypatch.setattr("tickets.views.thread.clients.answer", other_was_faster)
    answer = guest.post(url("reply", ticket), {"message": "Segue.", **mine})
    assert answer.status_code == 422
    assert GONE in words(answer)
    assert "Segue." in words(answer)
    assert not answer.context["form"].attached.kept


def test_of_too_many_what_fits_is_kept_and_the_rest_is_named(ana, address, monkeypatch):
    monkeypatch.setattr(files, "MOST", 2)
    sent = [
        a_pdf("a.pdf"),
        SimpleUploadedFile("x.exe", b"MZ\x90\0\3"),
        a_pdf("b.pdf"),
        a_pdf("c.pdf"),
    ]
    answer = ana.post(address, {"subject": "IPVA", "message": "Oi", "attachments": sent})
    field = answer.context["form"].attached
    assert [file.name for file in field.kept] == ["a.pdf", "b.pdf"]
    assert field.not_kept == ["c.pdf"]
    assert "x.exe:" in words(answer)
    more = {"subject": "IPVA", "message": "Oi", **kept(answer), "attachments": a_pdf("d.pdf")}
    assert ana.post(address, more).status_code == 422


@pytest.mark.parametrize(
    ("who", "limit"),
    [("ana", "ticket-files-kept"), ("stranger", "ticket-files-kept-stranger"),
     ("stranger", "ticket-files-kept-strangers")],
)  # fmt: skip
def test_nobody_fills_the_store_by_forms_that_are_refused(ana, address, monkeypatch, who, limit):
    limit_of = limits.limit_of
    assert limit_of(limit) != limits.DEFAULT
    monkeypatch.setattr(
        limits, "limit_of", lambda name: Limit(1, 3600) if name == limit else limit_of(name)
    )
    browser = ana if who == "ana" else Client()
    first, second = (browser.post(address, {"attachments": a_pdf()}) for _ in range(2))
    assert len(first.context["form"].attached.kept) == 1
    assert not second.context["form"].attached.kept
    assert "nota.pdf" in words(second)  # to be chosen once more
    assert PendingFile.objects.count() == 1


def test_after_a_day_they_are_gone_and_the_form_says_so(ana, address):
    mine = kept(ana.post(address, {"message": "", "attachments": a_pdf()}))
    sweep(at=timezone.now() + timedelta(hours=25))
    answer = ana.post(address, {"subject": "IPVA", "message": "Segue.", **mine})
    assert answer.status_code == 422
    assert GONE in words(answer)


def test_an_agents_files_stay_when_something_came_meanwhile_or_a_text_is_put_in(agent):
    ticket = make_ticket()
    seen = ticket.entries.get().pk
    life.client_says(ticket, said("Já achei."), at=timezone.now())
    form = {"message": "Segue.", "html": "", "to": "waiting_client", "seen": seen}
    asked = agent.post(url("desk_reply", ticket), {**form, "attachments": a_pdf()})
    assert asked.status_code == 409
    canned = CannedReply.objects.create(title="Olá", html="<p>Olá!</p>")
    put = {**form, **kept(asked, "answer_form"), "insert": "1", "canned": canned.pk}
    page = agent.post(url("desk_reply", ticket), {**put, "attachments": a_text(3)})
    seen = page.context["last"]
    last = {**form, **kept(page, "answer_form"), "seen": seen}
    assert agent.post(url("desk_reply", ticket), last).status_code == 302
    assert names() == ["grande.txt", "nota.pdf"]
    assert set(Attachment.objects.values_list("entry__kind", flat=True)) == {Entry.Kind.AGENT}


def test_a_note_and_an_answer_keep_their_files_apart(agent):
    ticket = make_ticket()
    empty = {"note-message": "", "note-attachments": a_pdf()}
    refused = agent.post(url("desk_note", ticket), empty)
    (reference,) = kept(refused, "note_form")["attachments_kept"]
    answer = {"message": "Segue.", "to": "waiting_client", "attachments_kept": reference}
    assert agent.post(url("desk_reply", ticket), answer).status_code == 422
    note = {"note-message": "Veja.", "note-attachments_kept": reference}
    assert agent.post(url("desk_note", ticket), note).status_code == 302
    assert names() == ["nota.pdf"]


def test_choosing_the_topic_on_the_phone_leaves_the_files(agent):
    topic = make_topic(name="IPVA")
    found = {"topic": topic.pk, "find": "topic", "attachments": a_pdf()}
    page = agent.post(reverse("tickets:desk_new"), found)
    caller = {"name": "Eliane", "email": ELIANE, "topic": topic.pk, "message": "IPVA", "html": ""}
    assert agent.post(reverse("tickets:desk_new"), {**caller, **kept(page)}).status_code == 302
    assert names() == ["nota.pdf"]


def too_often(monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    limit_of = limits.limit_of
    monkeypatch.setattr(
        limits, "limit_of", lambda name: Limit(0, 3600) if name == action else limit_of(name)
    )


def test_an_answer_that_comes_too_often_stays_on_the_page_with_its_files(monkeypatch):
    ticket = make_ticket()
    guest = guest_of(ticket)
    with monkeypatch.context() as patch:
        too_often(patch, "ticket-reply")
        form = {"message": "Segue a nota.", "attachments": a_pdf()}
        page = guest.post(url("reply", ticket), form)
    assert page.status_code == 429
    assert "Segue a nota." in words(page)
    again = {"message": "Segue a nota.", **kept(page)}
    assert guest.post(url("reply", ticket), again).status_code == 302
    assert names() == ["nota.pdf"]


def test_an_order_that_comes_too_often_stays_on_the_page_with_its_files(ana, address, monkeypatch):
    form = {"subject": "IPVA", "message": "Segue a nota.", "html": ""}
    with monkeypatch.context() as patch:
        too_often(patch, "ticket-open")
        page = ana.post(address, {**form, "attachments": a_pdf()})
    assert page.status_code == 429
    assert "Segue a nota." in words(page)
    assert ana.post(address, {**form, **kept(page)}).status_code == 302
    assert names() == ["nota.pdf"]


def test_an_agents_answer_to_what_was_closed_meanwhile_goes_out_once_it_is_open_again(agent):
    ticket = make_ticket()
    seen = ticket.entries.get().pk
    life.close(ticket, by=None, reason="Duplicada", at=timezone.now())
    form = {"message": "Segue.", "html": "", "to": "waiting_client", "seen": seen}
    page = agent.post(url("desk_reply", ticket), {**form, "attachments": a_pdf()})
    assert page.status_code == 409
    assert "Reabrir a O.S. e enviar" in words(page)
    again = {**form, **kept(page, "answer_form"), "seen": page.context["last"], "reopen": "1"}
    assert agent.post(url("desk_reply", ticket), again).status_code == 302
    ticket.refresh_from_db()
    assert ticket.status == Ticket.Status.WAITING_CLIENT
    assert names() == ["nota.pdf"]


def test_the_reason_of_an_act_that_is_no_longer_possible_stays(agent):
    ticket = make_ticket()
    life.close(ticket, by=None, reason="Duplicada", at=timezone.now())
    page = agent.post(url("desk_close", ticket), {"reason": "Pedido repetido por telefone"})
    assert page.status_code == 409
    assert "Pedido repetido por telefone" in page.content.decode()
    assert "Isto não é mais possível" in words(page)
