"""One order as its client or guest meets it: reading, answering, copies, the end."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portal.accounts.opening import Means, Opening
from tests.factories import Cast, make_grant
from tests.factories.tickets import make_ticket, make_topic, said
from tests.portal.entrance import mail_text, mails
from tests.tickets.clients import ELIANE, a_pdf, a_program, a_text, guest_of, of, url, words
from tickets.models import Entry, Event, Ticket, TopicField
from tickets.services import clients, life, merging

pytestmark = pytest.mark.django_db
Status = Ticket.Status
COPY = "colega@exemplo.com.br"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    topic = make_topic(name="IPVA")
    for name, kind in (("RENAVAM", "renavam"), ("DATA", "date"), ("VALOR", "number")):
        TopicField.objects.create(topic=topic, name=name.lower(), label=name, kind=kind)
    TopicField.objects.create(topic=topic, name="risco", label="RISCO", for_agents=True)
    values = {"renavam": "00123456789", "data": "2026-05-15", "valor": "1234.5", "risco": "alto"}
    return make_ticket(topic=topic, values=values, copies=[("Colega", COPY)])


@pytest.fixture
def guest(ticket: Ticket) -> Client:
    return guest_of(ticket)


def agent_says(ticket: Ticket, cast: Cast, to: Status = Status.WAITING_CLIENT) -> None:
    words = said("Mande a nota.", kind=Entry.Kind.AGENT, user=cast.admin, author="Teresa")
    life.agent_answers(ticket, words, to=to, at=timezone.now())


def reply(browser: Client, ticket: Ticket, message: str = "Segue.", **values: Any):
    return browser.post(url("reply", ticket), {"message": message, **values}, follow=True)


def test_the_page_is_the_mirror_of_the_manual(cast, ticket, guest):
    life.note(ticket, said("Só para nós.", kind=Entry.Kind.NOTE), at=timezone.now())
    page = words(guest.get(ticket.get_absolute_url()))
    for text in (
        f"O.S. #{ticket.number}", "Status da O.S. Aberta", "Departamento Atendimento",
        "Data de Criação", "Localidade Usuário Externo", "Nome Eliane Exemplo", f"E-mail {ELIANE}",
        "Telefone (69) 3321-0000", "RENAVAM 00123456789", "DATA 15/05/2026", "VALOR 1234,5",
        "Assunto: IPVA - 1° Emplacamento", "Postar uma resposta",
        "Para ajudá-lo melhor, solicitamos que seja específico e detalhado",
    ):  # fmt: skip
        assert text in page
    assert "RISCO" not in page
    assert "Só para nós." not in page
    assert f"pelo link enviado a {ELIANE}" in page


def test_an_answer_stands_in_the_thread_and_sent_twice_it_stands_there_once(cast, ticket, guest):
    agent_says(ticket, cast)
    form: dict[str, Any] = {"csrfmiddlewaretoken": "b" * 64, "attachments": a_pdf()}
    page = reply(guest, ticket, **form)
    assert "A sua resposta foi enviada." in words(page)
    form["attachments"] = a_pdf()
    reply(guest, ticket, **form)
    ticket.refresh_from_db()
    assert ticket.status == Status.WAITING_AGENT
    assert ticket.entries.filter(kind=Entry.Kind.CLIENT).count() == 2
    entry = ticket.entries.last()
    file = entry.attachments.get()
    assert (entry.author, file.name) == ("Eliane Exemplo", "nota.pdf")
    assert "nota.pdf" in words(page)
    download = guest.get(url("attachment", ticket, pk=file.pk))
    assert download.status_code == 200
    assert "attachment" in download["Content-Disposition"]


def test_scripts_in_what_is_written_do_nothing(ticket, guest):
    html = (
        '<p onclick="x()">Oi <script>alert(1)</script><a href="javascript:x()">a</a><img src=x></p>'
    )
    page = reply(guest, ticket, "Oi", html=html).content.decode()
    thread = page[page.index('<ol class="thread">') : page.index("</ol>")]
    for bad in ("alert(1)", "javascript:", "onclick", "<img"):
        assert bad not in thread
    assert "Oi" in thread
    page = reply(guest, ticket, "<script>alert(2)</script>").content.decode()
    assert "<script>alert(2)" not in page
    assert "&lt;script&gt;alert(2)" in page


@pytest.mark.parametrize(
    ("file", "said_of_it"),
    [
        (a_program(), "nota.pdf: Este tipo de arquivo não é aceito"),
        (SimpleUploadedFile("vazio.pdf", b""), "vazio"),
        (a_text(6 * 1024**2), "no máximo 5 MB"),
    ],
)
def test_a_refused_file_is_named_and_the_answer_stays(ticket, guest, file, said_of_it):
    file.seek(0)
    answer = reply(guest, ticket, "Um texto longo.", attachments=file)
    assert answer.status_code == 422
    assert said_of_it in words(answer)
    assert "Um texto longo." in answer.content.decode()
    assert ticket.entries.count() == 1


def test_an_empty_answer_is_none(ticket, guest):
    assert reply(guest, ticket, "  ").status_code == 422


def test_an_answer_after_it_was_closed_opens_it_again_or_a_linked_one(cast, ticket, guest):
    life.close(ticket, by=cast.admin, reason="Feito", at=timezone.now())
    assert "Motivo Feito" in words(guest.get(ticket.get_absolute_url()))
    reply(guest, ticket)
    ticket.refresh_from_db()
    assert ticket.status == Status.WAITING_AGENT
    life.close(ticket, by=cast.admin, reason="Feito", at=timezone.now())
    late = timezone.now() - timedelta(days=ticket.department.reopen_days, minutes=1)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=late)
    assert "abre uma nova" in words(guest.get(ticket.get_absolute_url()))
    page = reply(guest, ticket, "De novo.", csrfmiddlewaretoken="c" * 64)
    new = ticket.followed_by.get()
    assert new.number in words(page)
    assert f"Continuação de {ticket.number}" in words(page)
    assert set(new.participants.values_list("email", "role")) == {
        (ELIANE, "requester"), (COPY, "copy"),
    }  # fmt: skip
    # The guest's visit goes on in the new one.
    assert guest.get(new.get_absolute_url()).status_code == 200


def test_a_link_to_an_order_that_was_merged_leads_to_the_other(cast, ticket, guest):
    into = make_ticket(email="outra@exemplo.com.br")
    merging.merge([ticket], into, by=cast.admin, at=timezone.now())
    page = guest.get(ticket.get_absolute_url(), follow=True)
    assert f"O.S. #{into.number}" in words(page)
    assert "Solicito o lançamento" in words(page)


def test_solved_is_asked_said_once_and_then_rated(cast, ticket, guest):
    agent_says(ticket, cast)
    assert "está resolvido?" in words(guest.get(url("solved", ticket)))
    for _ in range(2):
        page = guest.post(url("solved", ticket), follow=True)
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert guest.get(url("rate", ticket)).status_code == 200
    assert guest.post(url("rate", ticket), {"comment": "?"}).status_code == 200
    for rating in (4, 1):
        page = guest.post(url("rate", ticket), {"rating": rating, "comment": "Bom."}, follow=True)
    ticket.refresh_from_db()
    assert (ticket.rating, ticket.rating_comment, ticket.status) == (4, "Bom.", Status.CLOSED)
    assert "4 / 5" in words(page)
    assert ticket.events.filter(kind=Event.Kind.RATED).count() == 1


def test_an_open_order_cannot_be_rated_and_says_when(ticket, guest):
    page = guest.get(url("rate", ticket), follow=True)
    assert "quando a O.S. for resolvida" in words(page)


def test_who_is_put_in_copy_is_told_reads_and_may_leave(cast, ticket, guest):
    new = "novo@exemplo.com.br"
    for _ in range(2):
        guest.post(url("participants", ticket), {"email": new.upper(), "name": "Novo"})
    assert len(mails(new)) == 1
    assert "Eliane Exemplo incluiu você em cópia" in mail_text(mails(new)[0])
    browser = guest_of(ticket, new)
    page = words(reply(browser, ticket, "Eu também."))
    assert "Eu também." in page
    assert "Você está em cópia nesta O.S." in page
    assert (
        browser.post(url("participants", ticket), {"email": "x@exemplo.com.br"}).status_code == 403
    )
    other = clients.copies(ticket).get(email=COPY)
    assert browser.post(url("participants", ticket), {"remove": other.pk}).status_code == 403
    me = clients.copies(ticket).get(email=new)
    left = browser.post(url("participants", ticket), {"remove": me.pk}, follow=True)
    assert "não participa mais da O.S." in words(left)
    assert browser.get(ticket.get_absolute_url()).status_code == 404
    guest.post(url("participants", ticket), {"remove": other.pk})
    assert not clients.copies(ticket).exists()


@pytest.mark.parametrize("remove", ["x", "9" * 30, "²"])
def test_nobody_is_taken_out_by_a_key_that_is_none(ticket, guest, remove):
    assert guest.post(url("participants", ticket), {"remove": remove}).status_code == 404


def test_the_administrator_of_the_company_reads_where_the_topic_says_so(cast, client_of):
    make_grant(cast.bruno, cast.company_a, "administer")
    quiet = make_topic()
    told = make_topic(seen_by_company=True)
    place = {"unit": cast.unit_a1, "company": cast.company_a}
    hidden = make_ticket(topic=quiet, **place)
    shown = make_ticket(topic=told, **place)
    browser = client_of(cast.bruno)
    assert browser.get(hidden.get_absolute_url()).status_code == 404
    page = browser.get(shown.get_absolute_url())
    assert "porque administra a empresa" in words(page)
    assert "Postar uma resposta" not in words(page)
    for name in ("reply", "solved", "rate", "participants"):
        assert browser.post(url(name, shown), {"message": "Oi", "email": COPY}).status_code == 403
    assert shown.number in words(browser.get("/os/minhas/"))


def test_a_session_by_e_cnpj_shows_what_the_cnpj_opens_and_nothing_of_the_persons_own(cast: Cast):
    own = make_ticket(**of(cast.ana))
    make_grant(cast.ana, cast.unit_a1, source="certificate", certificate_cnpj=cast.unit_a1.cnpj)
    company = make_ticket(**of(cast.ana), unit=cast.unit_a1, company=cast.company_a)
    visible = Ticket.objects.visible_to
    assert set(visible(cast.ana)) == {own, company}
    cast.ana.set_login_method(Opening(Means.E_CNPJ, cnpj=cast.unit_a1.cnpj))
    assert set(visible(cast.ana)) == {company}


def test_agents_are_led_to_their_own_page(cast: Cast, client_of):
    ticket = make_ticket()
    answer = client_of(cast.admin).get(ticket.get_absolute_url())
    assert answer.url == ticket.desk_url
