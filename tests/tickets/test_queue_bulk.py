"""Acts on several orders from the list: asked once, each with its own outcome."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.outbox.mail import opened
from portal.outbox.models import Entry as Outbox
from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket, said
from tickets.models import CannedReply, Entry, Ticket
from tickets.services import bulk, life

pytestmark = pytest.mark.django_db
Status = Ticket.Status


@pytest.fixture
def agent(cast: Cast):
    return make_agent(make_department())


def page_of(browser: Client, act: str, *tickets: Ticket, back: str = ""):
    keys = [str(ticket.pk) for ticket in tickets]
    query = QueryDict(mutable=True)
    query.update({"act": act, "back": back})
    query.setlist("pk", keys)
    return browser.get(reverse("tickets:bulk", query=query))


def send(browser: Client, act: str, *tickets: Ticket, **values: object):
    """What the page that asks sends, as it stands there."""
    page = page_of(browser, act, *tickets)
    hidden = {"seen": page.context["form"]["seen"].value(), "pk": [t.pk for t in tickets]}
    return browser.post(reverse("tickets:bulk"), {"act": act, **hidden, **values})


def outcomes(browser: Client, answer) -> dict[str, str]:
    """Result of each order by its number, from the page that follows."""
    assert answer.url == reverse("tickets:bulk_done")
    page = browser.get(answer.url)
    return {row["number"]: row["result"] for row in page.context["outcomes"]}


def test_one_page_says_what_will_happen_to_which_orders_before_it_does(agent, client_of):
    first, second = make_ticket(), make_ticket(subject="Troca de titular")
    page = page_of(client_of(agent), "close", first, second).content.decode()
    assert first.number in page
    assert "Troca de titular" in page
    assert "Quem pediu é avisado" in page
    assert Ticket.objects.filter(status=Status.NEW).count() == 2


@pytest.mark.both
def test_one_order_that_is_refused_loses_no_other(agent, client_of):
    good, spam, closed = make_ticket(), make_ticket(), make_ticket()
    life.mark_spam(spam, by=agent, at=timezone.now())
    life.close(closed, by=agent, reason="Feito", at=timezone.now())
    browser = client_of(agent)
    answer = send(browser, "close", good, spam, closed, reason="Resolvido por telefone")
    assert outcomes(browser, answer) == {
        good.number: "done", spam.number: "refused", closed.number: "same",
    }  # fmt: skip
    assert "Spam" in browser.get(answer.url).content.decode()
    good.refresh_from_db()
    assert (good.status, good.close_reason) == (Status.CLOSED, "Resolvido por telefone")


def test_all_well_leads_back_to_the_list_as_it_was(agent, client_of):
    ticket = make_ticket()
    answer = send(
        client_of(agent), "priority", ticket, priority="4-urgent", back="queue=answer&status=new"
    )
    assert answer.url == reverse("tickets:queue") + "?queue=answer&status=new"
    ticket.refresh_from_db()
    assert ticket.priority == "4-urgent"


@pytest.mark.parametrize(
    "back", ["//evil.example/", "x\r\nSet-Cookie: a=b", "https://evil.example"]
)
def test_no_address_leads_out_of_the_portal(agent, client_of, back):
    answer = client_of(agent).get(reverse("tickets:bulk"), {"act": "close", "back": back})
    assert answer.url.startswith(reverse("tickets:queue") + "?")


def test_what_the_client_wrote_meanwhile_is_read_before_it_is_closed(agent, client_of):
    early, late = make_ticket(), make_ticket()
    browser = client_of(agent)
    seen = page_of(browser, "close", early, late).context["form"]["seen"].value()
    words = said("Ainda não resolveu.", participant=late.participants.get())
    life.client_says(late, words, at=timezone.now())
    answer = browser.post(
        reverse("tickets:bulk"),
        {"act": "close", "pk": [early.pk, late.pk], "seen": seen, "reason": "Feito"},
    )
    assert outcomes(browser, answer) == {early.number: "done", late.number: "refused"}
    assert "O cliente escreveu enquanto isso" in browser.get(answer.url).content.decode()


@pytest.mark.parametrize("seen", ["", "x", "nan", "inf", "-1e300"])
def test_a_form_that_does_not_say_when_it_was_read_closes_nothing(agent, client_of, seen):
    ticket = make_ticket()
    sent = {"act": "close", "pk": ticket.pk, "seen": seen, "reason": "Feito"}
    assert client_of(agent).post(reverse("tickets:bulk"), sent).status_code in {200, 302}
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


@pytest.mark.both
def test_a_canned_answer_goes_to_each_client_with_their_own_name_and_number(agent, client_of):
    reply = CannedReply.objects.create(
        title="Falta", user=agent, html="<p>Olá, {{nome}}. Falta a nota da {{numero}}.</p>"
    )
    first = make_ticket(name="Eliane Exemplo", email="eliane@exemplo.com.br")
    second = make_ticket(name="<b>Rui</b>", email="rui@exemplo.com.br")
    send(client_of(agent), "reply", first, second, canned=reply.pk, message="", to="waiting_client")
    texts = {
        mail.recipient: message.text
        for mail in Outbox.objects.filter(key__contains="entry:")
        if (message := opened(mail))
    }
    assert f"Olá, Eliane. Falta a nota da {first.number}." in texts["eliane@exemplo.com.br"]
    assert f"Olá, <b>Rui</b>. Falta a nota da {second.number}." in texts["rui@exemplo.com.br"]
    entry = second.entries.get(kind=Entry.Kind.AGENT)
    assert "<b>" not in entry.html
    second.refresh_from_db()
    assert second.status == Status.WAITING_CLIENT


def test_a_written_answer_may_have_placeholders_and_no_others(agent, client_of):
    ticket = make_ticket()
    browser = client_of(agent)
    answer = send(browser, "reply", ticket, message="Olá, {{nomes}}", to="resolved")
    assert "{{nomes}}" in answer.content.decode() or "nomes" in answer.content.decode()
    assert not ticket.entries.filter(kind=Entry.Kind.AGENT).exists()
    send(browser, "reply", ticket, message="Olá, {{ Nome }}: {{numero}}", to="resolved")
    assert ticket.entries.get(kind=Entry.Kind.AGENT).text == f"Olá, Eliane: {ticket.number}"


@pytest.mark.both
def test_the_same_form_sent_twice_answers_and_notes_once(agent):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(agent)
    ticket = make_ticket()
    for act, values in (
        ("reply", {"message": "Feito.", "to": "resolved"}),
        ("note", {"message": "Ok"}),
    ):
        page = page_of(browser, act, ticket)
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
        assert token
        form = {
            "act": act, "pk": ticket.pk, "csrfmiddlewaretoken": token[1],
            "seen": page.context["form"]["seen"].value(), **values,
        }  # fmt: skip
        for _ in range(2):
            assert browser.post(reverse("tickets:bulk"), form).status_code == 302
    assert ticket.entries.exclude(kind=Entry.Kind.CLIENT).count() == 2


@pytest.mark.both
def test_orders_are_merged_into_one_of_them(agent, client_of):
    first, second, third = make_ticket(), make_ticket(), make_ticket()
    browser = client_of(agent)
    send(browser, "merge", first, second, third, into=first.pk)
    assert first.entries.count() == 3
    assert set(Ticket.objects.filter(merged_into=first)) == {second, third}
    again = send(browser, "merge", first, second, into=second.pk)
    assert outcomes(browser, again) == {first.number: "refused"}


def test_each_act_asks_for_what_it_needs(agent, client_of):
    ticket, browser = make_ticket(), client_of(agent)
    for act in ("transfer", "priority", "reply", "note", "close", "merge"):
        answer = send(browser, act, ticket)
        assert answer.status_code == 200, act
        assert answer.context["form"].errors, act
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_assign_transfer_and_spam_reach_every_selected_order(agent, client_of):
    other = make_department("Suporte")
    browser, tickets = client_of(agent), [make_ticket(), make_ticket()]
    send(browser, "assign", *tickets, agent=agent.pk)
    assert Ticket.objects.filter(assigned_to=agent, status=Status.OPEN).count() == 2
    send(browser, "spam", tickets[0])
    send(browser, "transfer", tickets[1], department=other.pk, note="É com vocês")
    assert Ticket.objects.get(pk=tickets[0].pk).status == Status.SPAM
    assert Ticket.objects.get(pk=tickets[1].pk).department == other


def test_orders_of_other_departments_are_neither_named_nor_touched(agent, client_of):
    mine, hidden = (
        make_ticket(),
        make_ticket(department=make_department("Suporte"), subject="Sigilo"),
    )
    browser = client_of(agent)
    assert "Sigilo" not in page_of(browser, "close", mine, hidden).content.decode()
    send(browser, "close", mine, hidden, reason="Feito")
    hidden.refresh_from_db()
    assert hidden.status == Status.NEW


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_merge_crosswise_do_not_wait_for_each_other(cast: Cast):
    agent = make_agent(make_department())
    first, second, now = make_ticket(), make_ticket(), timezone.now()

    def work(pair: tuple[Ticket, Ticket]) -> str:
        source, into = pair
        try:
            act = bulk.merge(into, by=agent, at=now)
            return bulk.each([source.pk], act, by=agent, at=now, beside=into)[0].result
        finally:
            connection.close()

    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(work, [(first, second), (second, first)]))
    assert results == ["done", "refused"]
    assert time.monotonic() - began < 60
