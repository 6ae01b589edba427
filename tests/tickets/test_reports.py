"""Reports: totals that add up, medians of all orders, and nobody else's department."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from tests.factories.people import make_user
from tests.factories.tickets import make_department, make_ticket, make_topic, said
from tickets.models import Department, Entry, Member, Ticket, TopicField
from tickets.services import clients, figures, life, queue_sheet
from tickets.services.reports import percentile, report_of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
NOON = datetime(2026, 11, 24, 16, tzinfo=UTC)
TODAY = NOON.date()
PERIOD = {"since": "01/10/2026", "until": "24/11/2026"}
PAGE, FIGURES, ORDERS = "tickets:reports", "tickets:report_figures_csv", "tickets:report_orders_csv"


def make_reporter(*departments: Department, everything: bool = False) -> User:
    user = make_user("Iara Relatora", is_staff=True)
    codes = ["view_ticket", "report_ticket", *(["view_every_ticket"] if everything else [])]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    Member.objects.bulk_create(Member(department=one, user=user) for one in departments)
    return user


def answered(department: Department, minutes: int, *, by: User, at=NOON, **values) -> Ticket:
    ticket = make_ticket(department=department, at=at, **values)
    words = said("Feito.", kind=Entry.Kind.AGENT, user=by, author=by.name)
    life.agent_answers(ticket, words, to=Ticket.Status.RESOLVED, at=at + timedelta(minutes=minutes))
    return ticket


def table(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.mark.both
def test_each_table_adds_up_to_the_total_and_the_median_is_that_of_all_orders():
    one, two = make_department("Um"), make_department("Dois")
    agent, other = make_reporter(one, two), make_user("Bia Agente", is_staff=True)
    Member.objects.create(department=two, user=other)
    for minutes in (1, 2, 3):
        answered(one, minutes, by=agent, at=NOON - timedelta(days=34))
    for minutes in (50, 80, 100):
        clients.rate(answered(two, minutes, by=other), 4, "", by=None, at=NOON)
    make_ticket(department=two, at=NOON)
    figures.count(today=TODAY)
    report = report_of(Department.objects.all(), TODAY - timedelta(days=60), TODAY)
    total = report.total
    assert (total.opened, total.closed, total.backlog) == (7, 6, 1)
    for part in report.tables:
        for name in ("opened", "closed", "backlog", "rated", "first_late"):
            if name == "backlog" and part.name == "month":
                continue  # of a month it is that of its last evening
            assert sum(getattr(f, name) for _label, f in part.lines) == getattr(total, name)
        for name in ("first_times", "resolve_times", "ratings"):
            histograms = [getattr(f, name) for _label, f in part.lines]
            assert sum(histograms, Counter()) == getattr(total, name)
    assert (total.first_times.total(), total.ratings) == (6, {4: 3})
    # Of 1, 2, 3, 50, 80 and 100 minutes; the median of the months' medians would be another.
    assert total.first_median == 3 * 60
    assert total.first_most == 100 * 60 + 60 - 60
    assert (total.first_kept, total.satisfaction) == (66, 4.0)
    assert sum(f.opened for _label, f in report.parts) == 7


@pytest.mark.parametrize(
    ("times", "percent", "found"),
    [({}, 50, None), ({60: 1}, 90, 60), ({60: 9, 600: 1}, 90, 60), ({60: 8, 600: 2}, 90, 600),
     ({60: 1, 120: 1}, 50, 60)],
)  # fmt: skip
def test_a_percentile_is_the_time_of_an_order(times, percent, found):
    assert percentile(Counter(times), percent) == found


def test_the_page_shows_the_figures_in_few_statements(client_of, django_assert_max_num_queries):
    department = make_department()
    agent = make_reporter(department)
    clients.rate(answered(department, 65, by=agent), 5, "", by=None, at=NOON)
    figures.count(today=TODAY)
    client: Client = client_of(agent)
    client.get(reverse(PAGE))
    with django_assert_max_num_queries(16):
        page = client.get(reverse(PAGE), PERIOD)
    text = page.content.decode()
    for words in ("1 h 05 min", "90%: 1 h 05 min · no prazo: 0%", "11/2026", "Por departamento",
                  "01/10/2026 a 24/11/2026"):  # fmt: skip
        assert words in text, words


def test_an_agent_reads_of_their_departments_only(client_of):
    mine, theirs = make_department("Minha"), make_department("Alheia")
    agent, chief = make_reporter(mine), make_reporter(everything=True)
    make_ticket(department=mine, at=NOON, subject="MEU ASSUNTO")
    make_ticket(department=theirs, at=NOON, subject="OUTRO ASSUNTO")
    figures.count(today=TODAY)
    for user, names in ((agent, {"Minha"}), (chief, {"Minha", "Alheia"})):
        client = client_of(user)
        rows = table(client.get(reverse(FIGURES), {**PERIOD, "by": "department"}))
        assert {row["Departamento"] for row in rows} == names | {"Total"}
        orders = table(client.get(reverse(ORDERS), PERIOD))
        assert {row["Departamento"] for row in orders} == names
    asked = client_of(agent).get(reverse(PAGE), {**PERIOD, "department": theirs.pk})
    assert "Alheia" not in asked.content.decode()
    assert "has-error" in asked.content.decode()


def test_a_table_as_a_workbook_has_numbers_and_its_total(client_of):
    department = make_department()
    agent = make_reporter(department)
    answered(department, 10, by=agent)
    figures.count(today=TODAY)
    answer = client_of(agent).get(reverse("tickets:report_figures_xlsx"), {**PERIOD, "by": "agent"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[:6] for row in rows] == [[agent.name, 1, 1, 0, 10, 10], ["Total", 1, 1, 0, 10, 10]]
    assert client_of(agent).get(reverse(FIGURES), {**PERIOD, "by": "nada"}).status_code == 404


def test_orders_leave_with_the_fields_of_their_topics_and_no_formula(client_of):
    topic, other = make_topic(), make_topic()
    TopicField.objects.create(topic=topic, name="renavam", label="RENAVAM")
    TopicField.objects.create(topic=topic, name="dia", label="DIA", kind="date")
    TopicField.objects.create(topic=other, name="renavam", label="RENAVAM")
    agent = make_reporter(topic.department)
    make_ticket(topic=topic, at=NOON, subject="=1+1",
                values={"renavam": "00123456789", "dia": "2026-11-20"})  # fmt: skip
    make_ticket(at=NOON - timedelta(days=400))
    make_ticket(at=NOON - timedelta(days=1))
    second, first = sorted(
        table(client_of(agent).get(reverse(ORDERS), PERIOD)), key=lambda row: row["DIA"]
    )
    assert (first["RENAVAM"], first["DIA"], first["Assunto"]) == (
        "00123456789", "2026-11-20", "'=1+1",
    )  # fmt: skip
    assert second["RENAVAM"] == ""
    assert AuditEvent.objects.filter(action="ticket.exported", data__rows=2).count() == 1


def test_too_many_orders_for_a_file_are_refused_in_words(client_of, monkeypatch):
    monkeypatch.setattr(queue_sheet, "MAX_ROWS", 1)
    agent = make_reporter(make_department())
    for _ in range(2):
        make_ticket(at=NOON)
    answer = client_of(agent).get(reverse(ORDERS), PERIOD, follow=True)
    assert "mais de 1 " in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "24/11/2026", "until": "01/11/2026"}, "O fim do período vem antes do início."),
        ({"since": "01/01/2020", "until": "01/11/2026"}, "Escolha um período de no máximo um ano."),
        ({"since": "32/01/2026"}, "Informe a data como dd/mm/aaaa."),
        ({"since": "01/01/2020", "until": "02/01/2020"}, "Nenhum número neste período"),
    ],
)
def test_a_period_that_cannot_be_shown_is_said(client_of, query, said):
    client = client_of(make_reporter(make_department()))
    assert said in client.get(reverse(PAGE), query).content.decode()
    if "2020" not in query.get("until", ""):
        assert said in client.get(reverse(ORDERS), query, follow=True).content.decode()
