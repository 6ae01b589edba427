"""What a stranger does: look an order up by mail, open one, confirm it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import Cast, make_user
from tests.factories.tickets import make_department, make_ticket, make_topic
from tests.portal.entrance import code, mail_text, mails
from tests.tickets.clients import (
    ELIANE,
    a_pdf,
    a_program,
    a_text,
    link_in_mail,
    of,
    run_jobs,
    url,
    words,
)  # fmt: skip
from tickets.models import Entry, Ticket, Topic, TopicField

pytestmark = pytest.mark.django_db
STATUS = "/os/consultar/"


@pytest.fixture
def topic() -> Topic:
    """IPVA, with a field of each kind."""
    topic = make_topic(name="IPVA - 1° Emplacamento", help="De um veículo novo.")
    for position, (kind, required) in enumerate(
        {
            "renavam": True, "plate": False, "tax_id": False, "choice": False, "date": False,
            "number": False,
        }.items()
    ):  # fmt: skip
        TopicField.objects.create(
            topic=topic, name=kind, label=kind.upper(), kind=kind, is_required=required,
            choices="Compra\nDoação", order=position,
        )  # fmt: skip
    TopicField.objects.create(topic=topic, name="risco", label="RISCO", for_agents=True)
    return topic


def typed(**values: object) -> dict[str, object]:
    return {
        "email": "Eliane@Exemplo.com.br", "name": "Eliane Exemplo", "subject": "IPVA",
        "field_renavam": "00123456789", "message": "Solicito o lançamento.", **code(), **values,
    }  # fmt: skip


def send(topic: Topic, browser: Client | None = None, **values: object):
    return (browser or Client()).post(f"/os/abrir/{topic.pk}/", typed(**values))


def test_the_first_page_says_what_the_manual_says():
    page = words(Client().get("/os/"))
    for text in (
        "Usuário Não Registrado | Entrar",
        "Bem Vindo ao Sistema de Suporte",
        "Com o objetivo de centralizarmos todos nossos pedidos de atendimento e melhor servir",
        "Para abrir uma O.S., é necessário um endereço de e-mail válido.",
        "Verificar Status da O.S.",
        "Um link de acesso será enviado ao seu e-mail.",
        "Possui uma conta conosco? Entrar ou cadastre-se para abrir uma conta",
    ):
        assert text in page


@pytest.mark.parametrize("marks", [True, False])
def test_who_takes_part_gets_a_link_that_opens_this_order_once(marks):
    ticket = make_ticket()
    number = ticket.number if marks else ticket.number.replace("-", "")
    answer = Client().post(STATUS, {"email": ELIANE.upper(), "number": f" {number} "}, follow=True)
    assert "um link está a caminho" in words(answer)
    run_jobs()
    browser = Client()
    link = link_in_mail(ELIANE, "visita")
    page = browser.post(link, follow=True)
    assert f"O.S. #{ticket.number}" in words(page)
    assert browser.get(make_ticket().get_absolute_url()).status_code == 404
    assert Client().post(link).status_code == 410
    assert Client().get(ticket.get_absolute_url())["Location"].startswith("/entrar/")


def test_hit_and_miss_are_answered_alike_and_only_a_hit_is_mailed():
    ticket = make_ticket()
    unconfirmed = make_ticket(email="outra@exemplo.com.br")
    Ticket.objects.filter(pk=unconfirmed.pk).update(status=Ticket.Status.UNCONFIRMED)
    before = len(mails())
    pages = {
        words(Client().post(STATUS, {"email": email, "number": number}, follow=True))
        for email, number in (
            (ELIANE, ticket.number), ("estranha@exemplo.com.br", ticket.number), (ELIANE, "9999999"),
            ("outra@exemplo.com.br", unconfirmed.number),
        )
    }  # fmt: skip
    run_jobs()
    assert len(pages) == 1
    assert [entry.recipient for entry in mails()[before:]] == [ELIANE]


def test_a_number_that_is_none_is_said_and_what_was_typed_stays():
    answer = Client().post(STATUS, {"email": ELIANE, "number": "2026-0000001-0x"})
    assert answer.status_code == 422
    assert "Isto não é um número de O.S." in words(answer)
    assert ELIANE in answer.content.decode()


def test_nobody_is_flooded_with_links():
    ticket = make_ticket()
    before = len(mails(ELIANE))
    for _ in range(5):
        answer = Client().post(STATUS, {"email": ELIANE, "number": ticket.number}, follow=True)
        assert "um link está a caminho" in words(answer)
    run_jobs()
    assert len(mails(ELIANE)) - before == 3


def test_topics_are_offered_by_department_and_only_those_for_clients(topic):
    make_topic(make_department("Suporte"), name="Senha")
    make_topic(name="Interno", is_public=False)
    make_topic(make_department("Fechado", is_active=False), name="Antigo")
    page = words(Client().get("/os/abrir/"))
    assert "Atendimento IPVA - 1° Emplacamento De um veículo novo. Suporte Senha" in page
    assert "Interno" not in page
    assert "Antigo" not in page


def test_a_topic_that_was_closed_leads_back_to_the_others(topic):
    Topic.objects.update(is_active=False)
    page = Client().get(f"/os/abrir/{topic.pk}/", follow=True)
    assert "Este assunto não é mais oferecido" in words(page)
    assert "Fale conosco" in words(page)


def test_a_strangers_order_waits_until_the_link_is_opened(topic):
    assert "RISCO" not in words(Client().get(f"/os/abrir/{topic.pk}/"))
    browser = Client()
    answer = send(
        topic, browser, attachments=a_pdf(), field_plate="nbb 1d23", field_number="1.234,5"
    )
    assert "Aguardando confirmação" in words(browser.get(answer.url))
    ticket = Ticket.objects.get()
    assert ticket.status == Ticket.Status.UNCONFIRMED
    assert ticket.values == {"renavam": "00123456789", "plate": "NBB1D23", "number": "1234.5"}
    assert len(mails()) == 1  # nobody else is told of it
    link = link_in_mail(ELIANE, "os/confirmar")
    page = browser.get(link)
    assert "Confirme a sua ordem de serviço" in words(page)
    ticket.refresh_from_db()
    assert ticket.status == Ticket.Status.UNCONFIRMED  # programs that scan mail look, too
    first, again = browser.post(link), browser.post(link)
    ticket.refresh_from_db()
    assert ticket.status == Ticket.Status.NEW
    assert first.status_code == again.status_code == 200
    assert ticket.number in words(first)
    assert ticket.number in words(again)
    assert ticket.number in words(Client().get(link))
    assert len(mails(ELIANE)) == 2
    assert ticket.number in mail_text(mails(ELIANE)[-1])
    assert ticket.entries.get().attachments.get().name == "nota.pdf"


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_link_that_is_too_old_has_a_way_out(topic, confirmed):
    send(topic)
    link = link_in_mail(ELIANE, "os/confirmar")
    if confirmed:
        Client().post(link)
    Ticket.objects.update(confirm_until=timezone.now() - timedelta(seconds=1))
    for answer in (Client().get(link), Client().post(link), Client().get("/os/confirmar/x/")):
        assert answer.status_code == 410
        assert reverse("tickets:open") in answer.content.decode()
    assert len(mails(ELIANE)) == (2 if confirmed else 1)


def test_the_same_form_twice_is_one_order_and_one_mail(topic):
    form = typed(csrfmiddlewaretoken="a" * 64)
    answers = [Client().post(f"/os/abrir/{topic.pk}/", form) for _ in range(2)]
    assert {answer["Location"] for answer in answers} == {"/os/abrir/enviada/"}
    assert len(mails()) == Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"field_renavam": "00123456780"}, "Isto não é um RENAVAM"),
        ({"field_renavam": ""}, "Este campo é obrigatório"),
        ({"field_plate": "AB-123"}, "Digite uma placa"),
        ({"field_tax_id": "111.111.111-11"}, "Isto não é um CPF nem um CNPJ"),
        ({"field_choice": "Roubo"}, "Faça uma escolha válida"),
        ({"field_date": "31/02/2026"}, "dd/mm/aaaa"),
        ({"field_number": "muito"}, "Informe um número"),
        ({"captcha_1": "errado"}, "código"),
        ({"attachments": a_program()}, "Este tipo de arquivo não é aceito"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(topic, values, said):
    answer = send(topic, **values)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "Solicito o lançamento." in answer.content.decode()
    assert not Ticket.objects.exists()


def test_files_that_are_too_large_are_named_and_what_was_typed_stays(topic):
    answer = send(topic, attachments=a_text(6 * 1024**2))
    assert answer.status_code == 422
    assert "no máximo 5 MB" in words(answer)
    assert "Solicito o lançamento." in answer.content.decode()


def test_who_is_signed_in_gets_the_number_at_once_and_twice_is_once(topic, cast: Cast, client_of):
    form = {"subject": "IPVA", "field_renavam": "00123456789", "message": "<b>Oi</b>"}
    browser = client_of(cast.ana)
    urls = {browser.post(f"/os/abrir/{topic.pk}/", form).url for _ in range(2)}
    ticket = Ticket.objects.get()
    assert urls == {ticket.get_absolute_url()}
    assert Entry.objects.count() == 1
    assert ticket.participants.get().user == cast.ana
    page = browser.get(ticket.get_absolute_url())
    assert "&lt;b&gt;Oi&lt;/b&gt;" in page.content.decode()
    assert ticket.number in mail_text(mails(str(cast.ana.email))[-1])


def test_who_has_no_email_is_led_to_give_one(topic, client_of):
    answer = client_of(make_user("Sem Correio", email=None)).get(f"/os/abrir/{topic.pk}/")
    assert answer.status_code == 403
    assert "é necessário um endereço de e-mail válido" in words(answer)
    assert reverse("accounts:email_change") in answer.content.decode()


def test_somebody_elses_number_is_not_there(cast: Cast, client_of):
    ticket = make_ticket(**of(cast.ana))
    for name in ("ticket", "solved", "rate"):
        assert client_of(cast.bruno).get(url(name, ticket)).status_code == 404
    for name in ("reply", "participants"):
        assert client_of(cast.bruno).post(url(name, ticket)).status_code == 404
    assert client_of(cast.bruno).get("/os/2026-9999999-0/").status_code == 404
