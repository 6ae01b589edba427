"""The clock of an order: whose turn it is, decides whether it runs."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, said
from tickets.models import ClosedDay, Entry, SlaTarget, Ticket
from tickets.services import acts, life, sla

pytestmark = pytest.mark.django_db
SP = ZoneInfo("America/Sao_Paulo")
HOUR = 3600


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026: the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SP)


def agent_says(ticket: Ticket, cast: Cast, when: datetime, to=Ticket.Status.WAITING_CLIENT) -> None:
    words = said("Pedimos a nota fiscal.", kind=Entry.Kind.AGENT, user=cast.atendente)
    life.agent_answers(ticket, words, to=to, at=when)


def test_what_comes_out_of_hours_is_due_by_the_next_morning():
    ticket = make_ticket(at=at(23, 22))
    assert ticket.due_first == at(24, 9)
    assert ticket.due_resolve == at(24, 17)


def test_the_clock_stands_while_the_client_has_to_answer(cast: Cast):
    ticket = make_ticket(at=at(23, 9))
    agent_says(ticket, cast, at(23, 11))
    assert (ticket.sla_used, ticket.sla_running_since) == (2 * HOUR, None)
    life.client_says(ticket, said("Segue."), at=at(25, 9))
    ticket.refresh_from_db()
    assert ticket.sla_running_since == at(25, 9)
    assert ticket.due_resolve == at(25, 16)  # six of eight hours are left, and lunch


@pytest.mark.both
def test_what_is_promised_next_follows_the_clock(cast: Cast):
    """First the answer, then the end; nothing while the client has to answer, and after closing."""

    def next_due() -> datetime | None:
        return Ticket.objects.get(pk=ticket.pk).next_due

    ticket = make_ticket(at=at(23, 9))
    assert next_due() == ticket.due_first == at(23, 10)
    agent_says(ticket, cast, at(23, 10))
    assert next_due() is None
    life.client_says(ticket, said("Segue."), at=at(23, 11))
    assert next_due() == ticket.due_resolve
    Ticket.objects.filter(pk=ticket.pk).update(due_resolve=None)  # no promise is left
    assert next_due() is None
    sla.recompute([ticket], at=at(23, 14))
    assert next_due() == ticket.due_resolve
    life.close(ticket, by=cast.atendente, reason="Feito", at=at(23, 14))
    assert next_due() is None


def test_the_first_answer_is_kept_once(cast: Cast):
    ticket = make_ticket(at=at(23, 9))
    agent_says(ticket, cast, at(23, 10))
    life.client_says(ticket, said("Segue."), at=at(23, 11))
    agent_says(ticket, cast, at(23, 14))
    ticket.refresh_from_db()
    assert ticket.first_answer_at == at(23, 10)


def test_another_priority_is_reckoned_with_what_has_run(cast: Cast):
    department = make_department()
    ticket = make_ticket(department=department, at=at(23, 9))
    SlaTarget.objects.filter(department=department, priority="4-urgent").update(
        first_minutes=30, resolve_minutes=120
    )
    acts.set_priority(ticket, "4-urgent", by=cast.atendente, at=at(23, 10))
    assert (ticket.due_first, ticket.due_resolve) == (at(23, 10), at(23, 11))


def test_a_holiday_that_is_added_later_moves_the_dues():
    ticket = make_ticket(at=at(23, 17))
    assert ticket.due_resolve == at(24, 16)
    ClosedDay.objects.create(day=at(24, 0).date(), name="Ponto facultativo")
    sla.recompute([ticket], at=at(23, 17, 30))
    assert ticket.due_resolve == at(25, 16)


def test_what_is_closed_keeps_its_figures(cast: Cast):
    ticket = make_ticket(at=at(23, 9))
    life.close(ticket, by=cast.atendente, reason="Duplicada", at=at(23, 10))
    used, due = ticket.sla_used, ticket.due_resolve
    ClosedDay.objects.create(day=at(24, 0).date(), name="Ponto facultativo")
    sla.recompute([ticket], at=at(25, 9))
    ticket.refresh_from_db()
    assert (ticket.sla_used, ticket.due_resolve) == (used, due)


def test_a_department_without_promises_has_no_dues():
    department = make_department("Sem prazo")
    department.targets.all().delete()
    ticket = make_ticket(department=department, at=at(23, 9))
    assert (ticket.due_first, ticket.due_resolve) == (None, None)


def test_an_answer_while_the_machines_clock_has_gone_back_costs_no_time(cast: Cast):
    ticket = make_ticket(at=at(23, 10))
    agent_says(ticket, cast, at(23, 9))
    ticket.refresh_from_db()
    assert (ticket.sla_used, ticket.first_seconds) == (0, 0)
