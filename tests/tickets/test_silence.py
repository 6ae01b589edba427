"""Orders whose client says nothing: a notice first, then closed, to the minute and in working hours."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.outbox.mail import opened
from portal.outbox.models import Entry as Outbox
from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, said
from tickets.models import Department, Entry, Ticket
from tickets.services import life, silence

pytestmark = pytest.mark.django_db
SP = ZoneInfo("America/Sao_Paulo")
MINUTE = timedelta(minutes=1)
ALWAYS: list[list[list[str]]] = [[["00:00", "24:00"]]] * 7
Status = Ticket.Status


def always_open(**values: Any) -> Department:
    return make_department("Plantão", **{"hours": ALWAYS, "auto_close_days": 7, **values})


def asked(
    department: Department, cast: Cast, at: datetime, to: Status = Status.WAITING_CLIENT
) -> Ticket:
    """An order that waits for its client since ``at``."""
    ticket = make_ticket(department=department, at=at)
    words = said("Qual é a placa?", kind=Entry.Kind.AGENT, user=cast.atendente)
    life.agent_answers(ticket, words, to=to, at=at)
    return ticket


def status_of(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return str(ticket.status)


def last_mail() -> str:
    message = opened(Outbox.objects.filter(kind="mail").latest("pk"))
    return message.text if message else ""


@pytest.mark.parametrize("to", [Status.WAITING_CLIENT, Status.RESOLVED])
def test_two_days_before_a_notice_and_after_seven_closed_to_the_minute(cast: Cast, to: Status):
    since = datetime(2026, 11, 2, 10, 30, tzinfo=SP)
    ticket = asked(always_open(), cast, since, to)
    told = since + timedelta(days=5)
    assert silence.give_notices(at=told - MINUTE) == 0
    assert silence.give_notices(at=told) == 1
    assert "será encerrada em 09/11/2026" in last_mail()
    assert silence.give_notices(at=told + MINUTE) == 0
    assert silence.close_silent(at=since + timedelta(days=7) - MINUTE) == 0
    assert silence.close_silent(at=since + timedelta(days=7)) == 1
    assert status_of(ticket) == Status.CLOSED
    assert ticket.close_reason == "Sem resposta por 7 dias."
    assert "Como foi o atendimento?" in last_mail()
    assert silence.close_silent(at=since + timedelta(days=8)) == 0


def test_who_was_told_late_keeps_the_two_days(cast: Cast):
    since = datetime(2026, 11, 2, 10, 30, tzinfo=SP)
    ticket = asked(always_open(), cast, since)
    late = since + timedelta(days=30)  # the worker was away
    silence.give_notices(at=late)
    silence.close_silent(at=late)
    silence.close_silent(at=late + timedelta(days=2) - MINUTE)
    assert status_of(ticket) == Status.WAITING_CLIENT
    silence.close_silent(at=late + timedelta(days=2))
    assert status_of(ticket) == Status.CLOSED


def test_of_one_day_half_is_left_after_the_notice(cast: Cast):
    since = datetime(2026, 11, 4, 10, 30, tzinfo=SP)
    asked(always_open(auto_close_days=1), cast, since)
    assert silence.give_notices(at=since + timedelta(hours=12) - MINUTE) == 0
    assert silence.give_notices(at=since + timedelta(hours=12)) == 1


def test_notice_and_closing_wait_for_working_hours(cast: Cast):
    since = datetime(2026, 11, 3, 17, 59, 59, tzinfo=SP)  # a Tuesday, a second before they leave
    ticket = asked(make_department(), cast, since)
    assert silence.give_notices(at=datetime(2026, 11, 8, 17, 59, 59, tzinfo=SP)) == 0  # a Sunday
    assert silence.give_notices(at=datetime(2026, 11, 9, 8, 0, tzinfo=SP)) == 1
    assert "será encerrada em 11/11/2026" in last_mail()
    assert silence.close_silent(at=datetime(2026, 11, 11, 7, 59, 59, tzinfo=SP)) == 0
    assert silence.close_silent(at=datetime(2026, 11, 11, 12, 30, tzinfo=SP)) == 0  # lunch
    assert silence.close_silent(at=datetime(2026, 11, 11, 13, 0, tzinfo=SP)) == 1
    assert status_of(ticket) == Status.CLOSED


def test_days_are_those_on_the_wall_where_the_clock_is_set_forward(cast: Cast):
    """In 2018 São Paulo had no 00:30 on 4 November: that week had an hour less."""
    since = datetime(2018, 10, 31, 10, 0, tzinfo=SP)
    asked(always_open(), cast, since)
    silence.give_notices(at=datetime(2018, 11, 5, 10, 0, tzinfo=SP))
    end = datetime(2018, 11, 7, 10, 0, tzinfo=SP)
    assert (end.timestamp() - since.timestamp()) / 3600 == 7 * 24 - 1
    assert silence.close_silent(at=end - MINUTE) == 0
    assert silence.close_silent(at=end) == 1


def test_a_word_of_the_client_after_the_notice_takes_it_back(cast: Cast):
    since = datetime(2026, 11, 2, 10, 30, tzinfo=SP)
    ticket = asked(always_open(), cast, since)
    silence.give_notices(at=since + timedelta(days=5))
    life.client_says(ticket, said("É AAA-1234."), at=since + timedelta(days=6))
    assert silence.close_silent(at=since + timedelta(days=7)) == 0
    assert status_of(ticket) == Status.WAITING_AGENT
    assert ticket.close_notice_at is None


def test_of_an_answer_at_the_last_moment_nothing_is_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    """The client writes between the look and the step."""
    since = datetime(2026, 11, 2, 10, 30, tzinfo=SP)
    ticket = asked(always_open(), cast, since)
    silence.give_notices(at=since + timedelta(days=5))
    end, close = since + timedelta(days=7), life.close

    def answered_first(row: Ticket, **values: Any) -> None:
        life.client_says(Ticket.objects.get(pk=ticket.pk), said("Espere!"), at=end)
        words = said("Pois não?", kind=Entry.Kind.AGENT, user=cast.atendente)
        again = Ticket.objects.get(pk=ticket.pk)
        life.agent_answers(again, words, to=Status.WAITING_CLIENT, at=end)
        close(row, **values)

    monkeypatch.setattr(life, "close", answered_first)
    assert silence.close_silent(at=end) == 0
    assert status_of(ticket) == Status.WAITING_CLIENT


def test_an_order_whose_mail_came_back_is_left_to_an_agent(cast: Cast):
    since = datetime(2026, 11, 2, 10, 30, tzinfo=SP)
    ticket = asked(always_open(), cast, since)
    Ticket.objects.filter(pk=ticket.pk).update(bounced=True)
    assert silence.give_notices(at=since + timedelta(days=30)) == 0


def test_a_run_is_bounded_and_the_next_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    since = datetime(2026, 11, 2, 10, 30, tzinfo=SP)
    for _ in range(3):
        asked(always_open(), cast, since)
    monkeypatch.setattr(silence, "MOST", 2)
    assert [silence.give_notices(at=since + timedelta(days=5)) for _ in range(3)] == [2, 1, 0]
