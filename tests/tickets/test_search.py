"""Finding orders: numbers, marks and words, within what each person may see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from tests.factories.people import make_user
from tests.factories.tickets import make_department, make_ticket, make_topic, said
from tests.tickets.test_reports import make_reporter
from tickets.models import Entry, EntryText, Ticket, TopicField
from tickets.services import acts, finding, life, merging, thread

pytestmark = [pytest.mark.django_db, pytest.mark.both(of="tickets.services.finding")]
PLATE, RENAVAM, CNPJ = "NBB-1234", "00123456789", "11.222.333/0001-81"


@pytest.fixture
def agent(db: None) -> User:
    return make_reporter(make_department())


@pytest.fixture
def eliane(db: None) -> User:
    return make_user("Eliane Exemplo", email="eliane@exemplo.com.br")


def box(client: Client, text: str) -> list[str]:
    """The titles of the orders that the box in the top bar finds."""
    groups = client.get(reverse("search:results"), {"q": text}).context["groups"]
    return [hit.title for group in groups if str(group.label) == "O.S." for hit in group.hits]


def note(ticket: Ticket, text: str, by: User) -> Entry:
    return life.note(
        ticket, said(text, kind=Entry.Kind.NOTE, user=by, author=by.name), at=timezone.now()
    )


def test_a_number_is_looked_up_however_it_is_typed(agent, eliane, client_of: Callable[..., Any]):
    ticket = make_ticket(user=eliane)
    plain = ticket.number.replace("-", "")
    for client in (client_of(agent), client_of(eliane)):
        for text in (ticket.number, plain, f"#{ticket.number}", f"{ticket.counter:08}"):
            assert box(client, text) == [str(ticket)], text
        wrong = f"{ticket.number[:-1]}{(int(ticket.number[-1]) + 1) % 10}"
        assert box(client, wrong) == []


def test_each_person_finds_what_they_may_see(agent, eliane, client_of):
    mine = make_ticket(user=eliane, text="Placa amassada do veículo")
    make_ticket(
        department=make_department("Outro"), email="bruno@exemplo.com.br", name="Bruno",
        text="Placa perdida do veículo",
    )  # fmt: skip
    assert box(client_of(eliane), "placas veículos") == [str(mine)]
    assert box(client_of(agent), "placas veículos") == [str(mine)]
    assert len(box(client_of(make_reporter(everything=True)), "placas veículos")) == 2
    assert box(client_of(make_user("Ninguém")), "placa") == []
    assert box(client_of(make_user("Sem permissão", is_staff=True)), "placa") == []


def test_notes_held_answers_and_agents_fields_are_found_by_agents_alone(agent, eliane, client_of):
    topic = make_topic(make_department())
    TopicField.objects.create(topic=topic, name="risco", label="RISCO", for_agents=True)
    ticket = make_ticket(topic=topic, user=eliane, values={"risco": "altissimo"})
    note(ticket, "Parece fraude.", agent)
    held = life.client_says(ticket, said("Sou um estranho.", held=True), at=timezone.now())
    for text in ("fraude", "estranho", "altissimo"):
        assert box(client_of(eliane), text) == [], text
        assert box(client_of(agent), text) == [str(ticket)], text
        listed = client_of(eliane).get(reverse("tickets:list"), {"q": text})
        assert ticket.number not in listed.content.decode()
    acts.take_in(held, by=agent, at=timezone.now())
    assert box(client_of(eliane), "estranho") == [str(ticket)]
    assert box(client_of(eliane), "altissimo") == []


@pytest.mark.parametrize(
    ("value", "typed", "near"),
    [
        (PLATE, ["NBB-1234", "nbb1234", " nbb 1234"], "NBB-1235"),
        (RENAVAM, [RENAVAM, "0012345678-9"], "00123456797"),
        (CNPJ, [CNPJ, "11222333000181"], "11.444.777/0001-61"),
    ],
)
def test_plate_renavam_and_tax_id_are_found_with_and_without_marks(
    agent, client_of, value, typed, near
):
    ticket = make_ticket(topic=make_topic(make_department()), values={"marca": value})
    make_ticket(text="Outro assunto")
    for text in typed:
        assert box(client_of(agent), text) == [str(ticket)], text
    assert box(client_of(agent), near) == []


def test_the_beginning_of_a_renavam_is_not_it(agent, client_of):
    make_ticket(topic=make_topic(make_department()), values={"cnpj": f"{RENAVAM}99"})
    tickets = Ticket.objects.all()
    assert finding.first_of(tickets, f"{RENAVAM} {RENAVAM}", 5, for_staff=True) == []


def test_an_address_is_one_exactly(agent, client_of):
    ticket = make_ticket(email="ana.exata@exemplo.com.br")
    assert box(client_of(agent), "Ana.Exata@exemplo.com.br") == [str(ticket)]
    assert box(client_of(agent), "exata@exemplo.com.br") == []


def test_the_order_with_the_newest_word_comes_first_and_each_once(agent, client_of):
    now = timezone.now()
    old, new = (
        make_ticket(at=now - timedelta(days=n), text="guia de recolhimento") for n in (2, 1)
    )
    assert box(client_of(agent), "guias recolhimento") == [str(new), str(old)]
    life.client_says(old, said("A guia venceu."), at=now)
    assert box(client_of(agent), "guia") == [str(old), str(new)]


def test_words_of_every_way_in_are_kept(agent, eliane, client_of):
    by_phone = make_ticket(source=Ticket.Source.PHONE, text="telefonema")
    words = said("resposta do balcao", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
    life.agent_answers(by_phone, words, to=Ticket.Status.WAITING_CLIENT, at=timezone.now())
    assert Entry.objects.count() == EntryText.objects.count() == 2
    for text in ("telefonema", "resposta balcao", "emplacamentos", "eliane"):
        assert box(client_of(agent), text) == [str(by_phone)], text


def test_spam_and_unconfirmed_orders_are_no_clients_and_unconfirmed_nobodys(
    agent, eliane, client_of
):
    spam = make_ticket(user=eliane, text="promoção")
    life.mark_spam(spam, by=agent, at=timezone.now())
    waiting = make_ticket(user=eliane, text="inexistente")
    Ticket.objects.filter(pk=waiting.pk).update(status=Ticket.Status.UNCONFIRMED)
    assert box(client_of(eliane), "promoção") == box(client_of(agent), "inexistente") == []
    assert box(client_of(agent), "promoção") == [str(spam)]


def test_merged_words_lead_to_the_order_that_has_them_and_removed_ones_nowhere(agent, client_of):
    into, gone = make_ticket(text="principal"), make_ticket(text="secundaria")
    merging.merge([gone], into, by=agent, at=timezone.now())
    into.refresh_from_db()
    assert box(client_of(agent), "secundaria") == [str(into)]
    into.delete()
    assert box(client_of(agent), "principal") == []
    assert not EntryText.objects.matching("secundaria").exists()


def test_changed_words_are_found_and_the_old_ones_no_more(agent, client_of):
    ticket = make_ticket(text="errado")
    entry = ticket.entries.get()
    entry.text = "certo"
    thread.index(entry, ticket)
    assert box(client_of(agent), "certo") == [str(ticket)]
    assert box(client_of(agent), "errado") == []


@pytest.mark.parametrize("text", ["''", "& |", "(", 'a" OR "b', ":*", "\\", "%", "-", "NEAR("])
def test_whatever_is_typed_is_no_query_of_the_database(agent, eliane, client_of, text):
    make_ticket(user=eliane)
    for client in (client_of(agent), client_of(eliane)):
        assert client.get(reverse("search:results"), {"q": f"{text} x"}).status_code == 200
    assert client_of(agent).get(reverse("tickets:queue"), {"q": text}).status_code == 200
    assert client_of(eliane).get(reverse("tickets:list"), {"q": text}).status_code == 200


def test_the_box_asks_little_and_leads_to_the_list(
    agent, eliane, client_of, django_assert_max_num_queries
):
    for _ in range(8):
        make_ticket(user=eliane, text="guia")
    for user, name in ((agent, "tickets:queue"), (eliane, "tickets:list")):
        client = client_of(user)
        client.get(reverse("search:results"), {"q": "guia"})
        with django_assert_max_num_queries(16):
            page = client.get(reverse("search:results"), {"q": "guia"})
        (group,) = page.context["groups"]
        assert group.has_more
        assert group.list_url.startswith(reverse(name))
        assert (
            "mais de" in client.get(group.list_url).content.decode()
            or client.get(group.list_url).context["page"].figures.count == 8
        )
