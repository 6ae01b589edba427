"""Figures by day: counted again they are the same, and they stay when orders go."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from portal.accounts.models import User
from tests.factories.people import make_user
from tests.factories.tickets import make_department, make_ticket, make_topic, said
from tickets.models import DayFigures, Entry, Ticket
from tickets.services import clients, figures, life
from tickets.tasks import count_day

pytestmark = [pytest.mark.django_db, pytest.mark.both(of="tickets.services.figures")]

DAY = date(2026, 11, 24)  # a Tuesday
NOON = datetime(2026, 11, 24, 16, tzinfo=UTC)  # 13:00 in São Paulo
HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def agent(db: None) -> User:
    return make_user("Iara Agente", is_staff=True)


def answer(ticket: Ticket, agent: User, at: datetime, *, to=Ticket.Status.RESOLVED) -> None:
    words = said("Feito.", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
    life.agent_answers(ticket, words, to=to, at=at)


def day_of(day: date = DAY) -> dict[str, Any]:
    """The figures of the day, all groups together."""
    total: dict[str, Any] = {}
    for row in DayFigures.objects.filter(day=day):
        for name in ("opened", "closed", "backlog", "first_in_time", "first_late", "resolved_in_time",
                     "resolved_late"):  # fmt: skip
            total[name] = total.get(name, 0) + getattr(row, name)
        for name in ("first_times", "resolve_times", "ratings"):
            into = total.setdefault(name, {})
            for step, number in getattr(row, name).items():
                into[step] = into.get(step, 0) + number
    return total


def test_a_day_has_what_was_opened_answered_resolved_and_rated(agent):
    quick, slow = (make_ticket(at=NOON) for _ in range(2))
    make_ticket(at=NOON)  # nobody answers it
    answer(quick, agent, NOON + timedelta(minutes=10))
    answer(slow, agent, NOON + timedelta(minutes=90))
    clients.rate(quick, 5, "", by=None, at=NOON + 2 * HOUR)
    figures.count(today=DAY)
    assert day_of() == {
        "opened": 3, "closed": 2, "backlog": 1, "first_in_time": 1, "first_late": 1,
        "resolved_in_time": 2, "resolved_late": 0, "first_times": {"600": 1, "5400": 1},
        "resolve_times": {"600": 1, "5400": 1}, "ratings": {"5": 1},
    }  # fmt: skip


def test_waiting_for_the_client_is_no_time_of_ours(agent):
    ticket = make_ticket(at=NOON)
    answer(ticket, agent, NOON + timedelta(minutes=30), to=Ticket.Status.WAITING_CLIENT)
    later = NOON + 20 * ONE_DAY
    clients.is_solved(ticket, by=None, at=later)
    figures.count(today=later.date())
    found = day_of(later.date())
    assert (found["resolve_times"], found["resolved_in_time"], found["resolved_late"]) == (
        {"1800": 1}, 1, 0,
    )  # fmt: skip
    assert day_of()["first_times"] == {"1800": 1}


def test_counted_again_it_is_the_same_and_the_backlog_is_that_of_each_evening(agent):
    ticket = make_ticket(at=NOON)
    answer(ticket, agent, NOON + 2 * ONE_DAY)
    for _ in range(2):
        figures.count(today=DAY + 3 * ONE_DAY)
        backlogs = [day_of(DAY + n * ONE_DAY).get("backlog", 0) for n in range(4)]
        assert backlogs == [1, 1, 0, 0]
    assert sum(DayFigures.objects.values_list("opened", flat=True)) == 1


def test_an_evening_counts_for_its_own_day(agent):
    """21:30 in São Paulo is the next day in UTC."""
    make_ticket(at=datetime(2026, 11, 25, 0, 30, tzinfo=UTC))
    figures.count(today=DAY + ONE_DAY)
    assert day_of()["opened"] == 1
    assert day_of(DAY + ONE_DAY)["opened"] == 0


def test_spam_and_what_nobody_confirmed_do_not_count(agent):
    life.mark_spam(make_ticket(at=NOON), by=agent, at=NOON)
    Ticket.objects.filter(pk=make_ticket(at=NOON).pk).update(status=Ticket.Status.UNCONFIRMED)
    figures.count(today=DAY)
    assert not DayFigures.objects.exists()


def test_what_an_outage_left_is_counted_and_old_days_stay_as_they_were(agent):
    ticket = make_ticket(at=NOON)
    answer(ticket, agent, NOON)
    figures.count(today=DAY)
    late = make_ticket(at=NOON + 40 * ONE_DAY)
    ticket.delete()  # its time is over
    figures.count(today=DAY + 80 * ONE_DAY)
    assert day_of()["closed"] == 1
    assert day_of(DAY + 40 * ONE_DAY)["opened"] == 1
    assert day_of(DAY + 80 * ONE_DAY)["backlog"] == 1
    assert figures.first_to_count(DAY + 80 * ONE_DAY) == DAY + 73 * ONE_DAY
    assert late.status == Ticket.Status.NEW


def test_what_changed_within_a_week_is_corrected(agent):
    ticket = make_ticket(at=NOON)
    answer(ticket, agent, NOON)
    figures.count(today=DAY)
    life.client_says(ticket, said("Ainda não."), at=NOON + ONE_DAY)
    figures.count(today=DAY + ONE_DAY)
    assert (day_of()["closed"], day_of()["backlog"]) == (0, 1)


def test_groups_are_told_apart_and_an_agent_who_goes_takes_no_figures(agent):
    topic = make_topic(make_department("Outro"))
    answer(make_ticket(topic=topic, at=NOON), agent, NOON)
    make_ticket(at=NOON)
    figures.count(today=DAY)
    groups = set(DayFigures.objects.values_list("department__desk__name", "topic__name", "agent"))
    assert groups == {("Outro", topic.name, agent.pk), ("Atendimento", None, None)}
    Ticket.objects.all().delete()
    agent.delete()
    assert DayFigures.objects.filter(closed=1, agent=None).count() == 1


@pytest.mark.parametrize(
    ("seconds", "step"),
    [(0, 0), (1, 60), (3600, 3600), (3601, 3900), (36_001, 39_600), (360_001, 396_000)],
)
def test_a_step_is_at_most_a_tenth_of_the_time(agent, seconds: int, step: int):
    ticket = make_ticket(at=NOON)
    answer(ticket, agent, NOON)
    Ticket.objects.filter(pk=ticket.pk).update(first_seconds=seconds, sla_used=seconds)
    figures.count(today=DAY)
    assert day_of()["first_times"] == day_of()["resolve_times"] == {str(step): 1}
    assert step - seconds <= max(60, seconds / 10)


def test_the_task_counts_up_to_today():
    make_ticket()
    count_day()
    assert sum(DayFigures.objects.values_list("opened", flat=True)) == 1


def test_days_cost_statements_and_not_orders(agent, django_assert_max_num_queries):
    for _ in range(5):
        make_ticket(at=NOON)
    with django_assert_max_num_queries(9):
        figures.count_days(DAY, DAY + 6 * ONE_DAY)
