"""The agents' queues: what each holds, its counter, its filter, and the list as a file."""

import io
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from portal.audit.models import AuditEvent
from portal.ui import lists
from portal.ui.pages import keyset_page
from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket, make_topic, said
from tickets.models import Entry, Ticket, TopicField
from tickets.services import acts, life, queues

pytestmark = pytest.mark.django_db
Status = Ticket.Status


@pytest.fixture
def agent(cast: Cast):
    return make_agent(make_department())


def world(agent) -> dict[str, Ticket]:
    """An order of each kind that a queue asks for, and one of a department that is not theirs."""
    now, day = timezone.now(), timedelta(days=1)
    tickets = {
        name: make_ticket(at=now - day)
        for name in ("new", "mine", "waiting", "late", "closed", "spam")
    }
    tickets["elsewhere"] = make_ticket(department=make_department("Suporte"))
    tickets["handed"] = make_ticket(department=make_department("Suporte"))
    Ticket.objects.filter(pk=tickets["handed"].pk).update(assigned_to=agent)
    Ticket.objects.exclude(pk=tickets["late"].pk).update(due_first=now + day, due_resolve=now + day)
    Ticket.objects.filter(pk=tickets["late"].pk).update(
        due_first=now - day, due_resolve=now + day, sla_running_since=now - day
    )
    acts.assign(tickets["mine"], agent, by=agent, at=now)
    answer = said("Falta a nota.", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
    life.agent_answers(tickets["waiting"], answer, to=Status.WAITING_CLIENT, at=now)
    life.close(tickets["closed"], by=agent, reason="Feito", at=now)
    life.mark_spam(tickets["spam"], by=agent, at=now)
    return tickets


def shown(client, query: str = "") -> set[str]:
    page = client.get(reverse("tickets:queue") + query).context["page"]
    return {row.number for row in page.rows}


def numbers(tickets: dict[str, Ticket], *names: str) -> set[str]:
    return {tickets[name].number for name in names}


@pytest.mark.both
@pytest.mark.parametrize(
    ("queue", "names"),
    [
        ("mine", ["mine", "waiting", "handed"]),
        ("unassigned", ["new", "late"]),
        ("departments", ["new", "mine", "waiting", "late"]),
        ("answer", ["new", "mine", "late"]),
        ("overdue", ["late"]),
        ("waiting", ["waiting"]),
        ("all", ["new", "mine", "waiting", "late", "closed", "spam", "handed"]),
    ],
)
def test_each_queue_holds_what_its_name_says(agent, client_of, queue, names):
    tickets = world(agent)
    assert shown(client_of(agent), f"?queue={queue}") == numbers(tickets, *names)


@pytest.mark.both
@pytest.mark.parametrize("who", ["agent", "admin", "member_who_sees_all"])
def test_each_counter_equals_the_list_that_it_labels(agent, cast, client_of, who):
    world(agent)
    user = agent if who == "agent" else cast.admin
    if who == "member_who_sees_all":
        make_department("Suporte").members.add(cast.admin)
    browser = client_of(user)
    counted = browser.get(reverse("tickets:queue")).context["queues"]
    assert [name for name, *_ in counted] == list(queues.LABELS)
    for name, _label, count in counted[:-1]:
        assert count == len(shown(browser, f"?queue={name}")), name


def test_nobody_counts_beyond_a_thousand(agent, client_of, monkeypatch):
    monkeypatch.setattr(queues, "COUNTED", 2)
    for _ in range(3):
        make_ticket()
    answer = client_of(agent).get(reverse("tickets:queue"))
    assert {name: count for name, _, count in answer.context["queues"]}["departments"] is None
    assert lists.COUNTED == 1000
    assert "1.000+" in answer.content.decode()


def test_a_long_queue_is_read_with_as_many_statements_as_a_short_one(
    agent, client_of, django_assert_num_queries
):
    browser = client_of(agent)
    make_ticket()
    browser.get(reverse("tickets:queue"))
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(reverse("tickets:queue"))
    for _ in range(5):
        make_ticket()
    with django_assert_num_queries(len(few)):
        browser.get(reverse("tickets:queue"))


@pytest.mark.both
def test_filters_stand_in_the_address_and_narrow_the_queue(agent, client_of):
    tickets = world(agent)
    browser, topic = client_of(agent), make_topic()
    Ticket.objects.filter(pk=tickets["mine"].pk).update(priority="4-urgent", topic=topic)
    today = timezone.localdate()
    yesterday = f"{today - timedelta(days=1):%d/%m/%Y}"
    for query, names in {
        "?priority=4-urgent": ["mine"],
        f"?topic={topic.pk}": ["mine"],
        "?assigned=me": ["mine", "waiting"],
        "?assigned=nobody": ["new", "late"],
        "?status=waiting_client": ["waiting"],
        "?queue=all&status=closed": ["closed"],
        f"?since={today:%d/%m/%Y}": [],
        f"?until={yesterday}": ["new", "mine", "waiting", "late"],
        f"?q={tickets['new'].number}": ["new"],
        f"?q={tickets['new'].counter}": ["new"],
        "?q=eliane@exemplo.com.br": ["new", "mine", "waiting", "late"],
        "?q=falta nota": ["waiting"],
    }.items():
        assert shown(browser, query) == numbers(tickets, *names), query


def test_a_filter_filled_in_wrongly_is_an_error_and_no_list(agent, client_of):
    world(agent)
    for query in ("?since=31/02/2026", "?assigned=999999", "?department=x", "?status=closed"):
        answer = client_of(agent).get(reverse("tickets:queue") + query)
        assert answer.context["page"].rows == []
        assert answer.context["page"].form.errors


def test_what_was_promised_first_stands_first_among_the_overdue(agent, client_of):
    now = timezone.now()
    tickets = [make_ticket() for _ in range(3)]
    for hours, ticket in zip((2, 9, 5), tickets, strict=True):
        due = now - timedelta(hours=hours)
        Ticket.objects.filter(pk=ticket.pk).update(due_first=due, due_resolve=due)
    page = client_of(agent).get(reverse("tickets:queue") + "?queue=overdue").context["page"]
    assert [row.pk for row in page.rows] == [tickets[i].pk for i in (1, 2, 0)]


@pytest.mark.both
@pytest.mark.parametrize("queue", ["departments", "answer", "overdue"])
def test_the_departments_of_a_queue_are_paged_as_one_list(cast, queue):
    """Forwards to its end, and back; the orders of the departments lie mixed."""
    now, departments = timezone.now(), [make_department(), make_department("Suporte")]
    agent = queues.agent_of(make_agent(*departments))
    for n, place in enumerate((0, 1, 1, 0, 1, 0, 0)):
        ticket = make_ticket(department=departments[place], at=now - timedelta(hours=9 - n))
        Ticket.objects.filter(pk=ticket.pk).update(due_resolve=now - timedelta(hours=20 + n % 3))
    make_ticket(department=make_department("De outros"), at=now - timedelta(hours=5))
    found = queues.of_queue(queue, Ticket.objects.all(), agent=agent, at=now)
    order, parts = queues.order_of(queue), queues.parts_of(queue, agent)
    assert len(parts) == 2
    read = partial(keyset_page, found, order=order, size=2, parts=parts)
    pages = [read(cursor="")]
    while pages[-1].next and len(pages) < 7:  # overlapping pages never end
        pages.append(read(cursor=pages[-1].next))
    back = [pages[-1]]
    while back[-1].previous and len(back) < 7:
        back.append(read(cursor=back[-1].previous))
    expected = list(found.order_by(*order))
    assert [row for page in pages for row in page.rows] == expected
    assert [row for page in reversed(back) for row in page.rows] == expected
    assert len(expected) == 7


def test_the_list_as_a_file_has_the_fields_of_its_topic_and_is_audited(agent, client_of):
    topic = make_topic()
    for name, label in (("renavam", "RENAVAM"), ("placa", "=PLACA")):
        TopicField.objects.create(topic=topic, name=name, label=label)
    ticket = make_ticket(topic=topic, values={"renavam": "00123456789", "placa": "=1+1"})
    make_ticket()
    browser = client_of(agent)
    answer = browser.get(reverse("tickets:queue_xlsx"), {"topic": topic.pk})
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert header[-2:] == ["RENAVAM", "=PLACA"]
    assert [(row[0], *row[-2:]) for row in rows] == [(ticket.number, "00123456789", "=1+1")]
    lines = b"".join(browser.get(reverse("tickets:queue_csv")).streaming_content).decode()
    assert "'=1+1" in lines
    assert len(lines.splitlines()) == 3
    first, second = AuditEvent.objects.filter(action="ticket.exported").order_by("pk")
    assert (first.data["rows"], second.data["rows"]) == (1, 2)
    assert second.actor_id == agent.pk


def test_a_list_too_long_for_a_file_is_said_on_the_page(agent, client_of, monkeypatch):
    monkeypatch.setattr("tickets.services.queue_sheet.MAX_ROWS", 1)
    make_ticket()
    make_ticket()
    answer = client_of(agent).get(reverse("tickets:queue_csv") + "?queue=answer", follow=True)
    assert answer.redirect_chain == [(reverse("tickets:queue") + "?queue=answer", 302)]
    assert "use um filtro" in answer.content.decode()
    assert not AuditEvent.objects.filter(action="ticket.exported").exists()
