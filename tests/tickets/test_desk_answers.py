"""Agents write about an order: nothing that was typed is lost, nothing goes out unread."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket, said
from tickets.models import CannedReply, Draft, Entry, Ticket
from tickets.services import life, presence

pytestmark = pytest.mark.django_db
Status = Ticket.Status


@pytest.fixture
def agent(cast: Cast):
    return make_agent(make_department())


@pytest.fixture
def desk(agent) -> Client:
    browser = Client()
    browser.force_login(agent)
    return browser


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


def last(ticket: Ticket) -> int:
    return ticket.entries.order_by("-pk")[0].pk


def url(name: str, ticket: Ticket, *more: int) -> str:
    return reverse(f"tickets:desk_{name}", args=[ticket.number, *more])


def answer(desk: Client, ticket: Ticket, text: str = "Pedimos a nota.", **more):
    seen = more.pop("seen", None) or last(ticket)
    data = {"message": text, "html": "", "to": "waiting_client", "seen": seen, **more}
    return desk.post(url("reply", ticket), data)


def test_an_answer_leaves_the_order_in_the_state_that_was_chosen(desk, ticket):
    answer(desk, ticket, to="resolved")
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    answer(desk, ticket, "Ainda uma pergunta: qual é a placa?")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at) == (Status.WAITING_CLIENT, None)


def test_what_came_meanwhile_is_shown_and_the_answer_kept_until_it_is_sent_all_the_same(
    desk, ticket
):
    seen = last(ticket)
    life.client_says(ticket, said("Já encontrei a nota!"), at=timezone.now())
    page = answer(desk, ticket, seen=seen)
    assert page.status_code == 409
    body = page.content.decode()
    assert "Já encontrei a nota!" in body
    assert "Pedimos a nota." in body
    assert not ticket.entries.filter(kind=Entry.Kind.AGENT).exists()
    assert Draft.objects.get(ticket=ticket).html == "<p>Pedimos a nota.</p>"
    again = page.context["answer_form"]["seen"].value()
    assert answer(desk, ticket, seen=again).status_code == 302
    assert ticket.entries.filter(kind=Entry.Kind.AGENT).count() == 1


def test_ones_own_note_is_nothing_that_came_meanwhile(desk, ticket):
    seen = last(ticket)
    desk.post(url("note", ticket), {"note-message": "Ligar amanhã.", "note-html": ""})
    assert answer(desk, ticket, seen=seen).status_code == 302


def test_an_answer_to_what_was_closed_meanwhile_is_kept_and_told_why(desk, ticket, cast: Cast):
    life.close(ticket, by=cast.admin, reason="Duplicada", at=timezone.now())
    page = answer(desk, ticket)
    assert page.status_code == 409
    assert "Pedimos a nota." in page.content.decode()
    assert Draft.objects.filter(ticket=ticket).exists()
    assert not ticket.entries.filter(kind=Entry.Kind.AGENT).exists()


def test_an_answer_sent_twice_is_one(desk, ticket):
    data = {
        "message": "Sim.",
        "to": "waiting_client",
        "seen": last(ticket),
        "csrfmiddlewaretoken": "x" * 64,
    }
    for _ in range(2):
        assert desk.post(url("reply", ticket), data).status_code == 302
    assert ticket.entries.filter(kind=Entry.Kind.AGENT).count() == 1


def test_a_draft_is_kept_restored_and_ended_by_sending(desk, ticket):
    typed = {
        "message": "Prezada Eliane",
        "html": "<p>Prezada <b>Eliane</b></p>",
        "seen": last(ticket),
    }
    assert re.search(r"\d\d:\d\d:\d\d", desk.post(url("draft", ticket), typed).content.decode())
    page = desk.get(url("ticket", ticket))
    assert "Prezada Eliane" in page.context["answer_form"].initial["message"]
    answer(desk, ticket, "Prezada Eliane, pronto.")
    assert not Draft.objects.exists()


def test_a_draft_that_arrives_after_its_answer_was_sent_is_not_kept(desk, ticket):
    seen = last(ticket)
    answer(desk, ticket)
    late = desk.post(url("draft", ticket), {"message": "Pedimos a nota.", "html": "", "seen": seen})
    assert late.content == b""
    assert not Draft.objects.exists()


def test_drafts_of_answer_and_note_and_of_two_agents_are_apart(desk, ticket, cast: Cast):
    other = Client()
    other.force_login(make_agent(make_department(), name="Carla Colega"))
    desk.post(url("draft", ticket), {"message": "Minha", "html": "", "seen": last(ticket)})
    desk.post(
        url("draft", ticket), {"note-message": "Nota", "note-html": "", "note-seen": last(ticket)}
    )
    other.post(url("draft", ticket), {"message": "Dela", "html": "", "seen": last(ticket)})
    kept = sorted(Draft.objects.values_list("html", flat=True))
    assert kept == ["<p>Dela</p>", "<p>Minha</p>", "<p>Nota</p>"]


def test_a_draft_older_than_the_last_message_says_so(desk, ticket):
    desk.post(url("draft", ticket), {"message": "Minha", "html": "", "seen": last(ticket)})
    life.client_says(ticket, said("Mais uma coisa."), at=timezone.now())
    page = desk.get(url("ticket", ticket))
    assert page.context["first_new"] == last(ticket)
    assert 'id="novas"' in page.content.decode()


def test_a_canned_answer_is_put_below_what_was_typed(desk, ticket):
    reply = CannedReply.objects.create(title="Nota", html="<p>Olá, {{nome}}: falta a nota.</p>")
    data = {
        "message": "Bom dia!",
        "html": "",
        "canned": reply.pk,
        "insert": "1",
        "seen": 0,
        "to": "resolved",
    }
    page = desk.post(url("reply", ticket), data)
    assert page.status_code == 200
    text = page.context["answer_form"]["message"].value()
    assert text.index("Bom dia!") < text.index("Olá, Eliane: falta a nota.")
    assert not ticket.entries.filter(kind=Entry.Kind.AGENT).exists()


def test_who_else_is_here_and_who_answers(desk, agent, ticket):
    other = Client()
    carla = make_agent(make_department(), name="Carla Colega")
    other.force_login(carla)
    other.get(url("ticket", ticket))
    assert "Carla Colega" in desk.get(url("presence", ticket)).content.decode()
    other.post(url("draft", ticket), {"message": "Oi", "html": "", "seen": last(ticket)})
    (here,) = presence.others(ticket, agent, at=timezone.now())
    assert here.is_answering
    (later,) = presence.others(ticket, agent, at=timezone.now() + timedelta(seconds=31))
    assert not later.is_answering


def test_presence_is_304_while_nothing_changes_and_tells_what_is_new(desk, ticket):
    address = f"{url('presence', ticket)}?seen={last(ticket)}"
    tag = desk.get(address)["ETag"]
    assert desk.get(address, headers={"If-None-Match": tag}).status_code == 304
    life.client_says(ticket, said("Alô?"), at=timezone.now())
    assert desk.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_without_the_cache_only_presence_is_missing(desk, agent, ticket, monkeypatch):
    monkeypatch.setattr(cache, "get_many", lambda _keys: {})
    monkeypatch.setattr(cache, "set_many", lambda *_a, **_k: None)
    other = Client()
    other.force_login(make_agent(make_department(), name="Carla Colega"))
    other.get(url("ticket", ticket))
    assert desk.get(url("ticket", ticket)).status_code == 200
    assert presence.others(ticket, agent, at=timezone.now()) == []
    queue = desk.get(reverse("tickets:queue"), {"queue": "departments"})
    assert (queue.status_code, [row.here for row in queue.context["page"].rows]) == (200, [[]])


def test_the_queue_says_who_else_has_an_order_open_at_the_cost_of_one_look(
    desk, agent, ticket, monkeypatch, django_assert_num_queries
):
    address, asked = reverse("tickets:queue", query={"queue": "departments"}), []
    still, look = make_ticket(), cache.get_many
    desk.get(address)

    def counted(keys: list[str]) -> dict[str, int]:
        asked.append(keys)
        return look(keys)

    monkeypatch.setattr(cache, "get_many", counted)
    with CaptureQueriesContext(connection) as alone:
        desk.get(address)
    statements = len(alone)
    assert len(asked) == 1
    desk.get(url("ticket", still))  # the agent's own look is none of somebody else
    other = Client()
    other.force_login(make_agent(make_department(), name="Carla Colega"))
    other.get(url("ticket", ticket))
    with django_assert_num_queries(statements + 1):
        page = desk.get(address)
    assert {row.pk: row.here for row in page.context["page"].rows} == {
        ticket.pk: ["Carla Colega"], still.pk: [],
    }  # fmt: skip
    assert "Carla Colega está com ela aberta" in page.content.decode()


def test_after_an_answer_the_next_of_the_queue_comes_and_at_its_end_the_queue(desk, ticket):
    older = make_ticket(at=timezone.now() - timedelta(days=1))
    queue = "queue=answer"
    data = {"message": "Sim.", "to": "waiting_client", "next": "1"}
    first = desk.post(
        f"{url('reply', ticket)}?from={queue.replace('=', '%3D')}", {**data, "seen": last(ticket)}
    )
    assert first["Location"].startswith(older.desk_url)
    second = desk.post(
        f"{url('reply', older)}?from={queue.replace('=', '%3D')}", {**data, "seen": last(older)}
    )
    assert second["Location"] == f"{reverse('tickets:queue')}?{queue}"


def test_the_page_names_the_orders_before_and_after(desk, ticket):
    now = timezone.now()
    older, oldest = (make_ticket(at=now - timedelta(days=n)) for n in (1, 2))
    walk = desk.get(f"{url('ticket', older)}?from=").context["walk"]
    assert (walk.previous, walk.next) == (ticket, oldest)
    assert desk.get(url("ticket", older)).context["walk"].next is None


def test_a_reader_without_the_permission_to_change_sees_no_forms(ticket, agent):
    agent.groups.clear()
    agent.user_permissions.remove(agent.user_permissions.get(codename="change_ticket"))
    reader = Client()
    reader.force_login(agent)
    page = reader.get(url("ticket", ticket))
    assert page.status_code == 200
    assert "<textarea" not in page.content.decode()
    assert answer(reader, ticket).status_code == 403
