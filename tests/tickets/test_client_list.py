"""A client's list of orders: what it counts is what it shows, and all of it is in the address."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, make_topic, said
from tests.tickets.clients import of, words
from tickets.models import Entry, Ticket, TopicField
from tickets.services import life

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LIST = "/os/minhas/"
Status = Ticket.Status


@pytest.fixture
def browser(cast: Cast, client_of):
    return client_of(cast.ana)


def mine(cast: Cast, **values: Any) -> Ticket:
    return make_ticket(**of(cast.ana), **values)


def test_an_empty_list_says_so_and_offers_an_order(browser):
    page = words(browser.get(LIST))
    assert "Sua consulta não retornou nenhum registro" in page
    assert "O.S. (0)" in page
    assert "Abrir uma O.S." in page


def test_one_order_is_shown_as_in_the_manual(cast, browser):
    ticket = mine(cast)
    page = words(browser.get(LIST))
    for text in (
        "O.S. (1)", "— Qualquer Status —", "Aberta (1)", "Atualizar", "Todas as O.S.",
        "Mostrando 1 - 1 de 1 O.S.", "Número da O.S.", "Data de Criação", "Departamento",
        f"{ticket.number} {timezone.localdate():%d/%m/%Y} Aberta IPVA - 1° Emplacamento Atendimento",
    ):  # fmt: skip
        assert text in page


def test_each_count_is_as_many_as_the_list_then_has(cast, browser):
    states = [
        Status.NEW, Status.OPEN, Status.WAITING_AGENT, Status.WAITING_CLIENT, Status.RESOLVED,
        Status.CLOSED, Status.CLOSED, Status.SPAM, Status.UNCONFIRMED,
    ]  # fmt: skip
    for state in states:
        Ticket.objects.filter(pk=mine(cast, subject="Certidões").pk).update(status=state)
    mine(cast, subject="Outra coisa")
    counts = {"open": 2, "in_service": 2, "waiting": 1, "resolved": 1, "closed": 2}
    assert "Aberta (2) Em atendimento (2) Aguardando você (1) Resolvida (1) Encerrada (2)" in words(
        browser.get(LIST)
    )
    for word, count in counts.items():
        page = words(browser.get(LIST, {"status": word}))
        assert f"Mostrando 1 - {count} de {count} O.S." in page
        assert "O.S. (8)" in page  # in the menu, whatever is chosen
    narrowed = words(browser.get(LIST, {"q": "certidao", "status": "open"}))
    assert "Aberta (1) Em atendimento (2)" in narrowed
    assert "Mostrando 1 - 1 de 1 O.S." in narrowed
    assert "O.S. (8)" in narrowed


def test_it_is_searched_by_number_with_or_without_marks_and_by_words(cast, browser):
    topic = make_topic()
    TopicField.objects.create(topic=topic, name="risco", label="Risco", for_agents=True)
    TopicField.objects.create(topic=topic, name="placa", label="Placa")
    ticket = mine(cast, topic=topic, values={"placa": "NBB-0000", "risco": "fraudulento"})
    other = mine(cast, subject="Segunda via", text="Perdi o boleto.")
    note = said("Cliente reincidente.", kind=Entry.Kind.NOTE)
    life.note(ticket, note, at=timezone.now())
    for text, found in {
        ticket.number: ticket, ticket.number.replace("-", ""): ticket, f"#{ticket.counter:08}": ticket,
        "emplacamentos": ticket, "nbb-0000": ticket, "boleto perdi": other,
    }.items():  # fmt: skip
        page = words(browser.get(LIST, {"q": text}))
        assert "Mostrando 1 - 1 de 1 O.S. Imprimir" in page, text
        assert found.number in page
    for nothing in ("reincidente", "fraudulento", "2026-9999999-9", "AND OR ("):
        page = words(browser.get(LIST, {"q": nothing}))
        assert "Sua consulta não retornou nenhum registro" in page, nothing
        assert "Limpar os filtros" in page
    assert browser.get(LIST, {"status": "x"}).status_code == 200


def test_pages_and_order_are_in_the_address(cast, browser):
    start = timezone.now() - timedelta(days=60)
    tickets = [mine(cast, at=start + timedelta(days=n), text=f"Texto {n}") for n in range(27)]
    first = browser.get(LIST)
    assert "Mostrando 1 - 25 de 27 O.S." in words(first)
    second = browser.get(LIST, {"cursor": first.context["page"].next})
    assert "Mostrando 26 - 27 de 27 O.S." in words(second)
    assert tickets[0].number in words(second)
    by_number = browser.get(LIST, {"sort": "number"})
    assert next(iter(by_number.context["page"].rows)) == tickets[0]


def test_the_page_asks_as_little_for_many_as_for_few(cast, browser):
    mine(cast)
    few = _queries(browser)
    for n in range(4):
        mine(cast, department=make_department(f"Setor {n}"))
    assert _queries(browser) == few


def _queries(browser) -> int:
    browser.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        browser.get(LIST)
    return len(queries)


def test_agents_have_their_queue_instead(cast: Cast, client_of):
    assert client_of(cast.admin).get(LIST).url == "/equipe/os/"
