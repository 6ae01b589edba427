"""Agents who go, departments that close, companies that are removed: no order is left behind."""

import pytest
from django.utils import timezone

from portal.accounts import services
from portal.outbox.mail import opened
from portal.outbox.models import Entry as Outbox
from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, said
from tickets.models import Entry, Member, Ticket
from tickets.services import acts, exits, life, sla

pytestmark = [pytest.mark.django_db, pytest.mark.both]
Status = Ticket.Status


def last_mail_to(address: str | None) -> str:
    message = opened(Outbox.objects.filter(kind="mail", recipient=address).latest("pk"))
    return f"{message.subject}\n{message.text}" if message else ""


def test_orders_of_an_agent_who_was_deactivated_are_in_the_queue_again(cast: Cast):
    at, department = timezone.now(), make_department()
    for user in (cast.atendente, cast.agente):
        Member.objects.create(department=department, user=user)
    open_order, done = make_ticket(department=department), make_ticket(department=department)
    for ticket in (open_order, done):
        acts.assign(ticket, cast.atendente, by=cast.admin, at=at)
    life.close(done, by=cast.atendente, reason="Feito", at=at)
    assert exits.release_of_gone(at=at) == 0
    services.deactivate(cast.atendente, by=cast.admin)
    assert exits.release_of_gone(at=at) == 1
    open_order.refresh_from_db()
    assert (open_order.assigned_to, open_order.status) == (None, Status.OPEN)
    assert open_order.events.latest("pk").note == "de volta à fila"
    assert Ticket.objects.get(pk=done.pk).assigned_to == cast.atendente
    told = last_mail_to(cast.agente.email)
    assert "1 O.S. voltou para a fila de Atendimento" in told
    assert cast.atendente.name in told


def test_who_is_staff_no_more_or_left_the_department_loses_what_was_theirs(cast: Cast):
    at, department = timezone.now(), make_department()
    Member.objects.create(department=department, user=cast.atendente)
    ticket = make_ticket(department=department)
    acts.assign(ticket, cast.atendente, by=cast.admin, at=at)
    assert exits.release_from(department, cast.atendente, at=at) == 1
    acts.assign(Ticket.objects.get(), cast.atendente, by=cast.admin, at=at)
    cast.atendente.is_staff = False
    cast.atendente.save()
    assert exits.release_of_gone(at=at) == 1


def test_what_is_open_or_is_opened_again_in_a_closed_department_goes_to_its_successor(cast: Cast):
    at = timezone.now()
    old, middle, new = (make_department(name) for name in ("Antigo", "Meio", "Novo"))
    Member.objects.create(department=new, user=cast.atendente)
    ticket, done = make_ticket(department=old, at=at), make_ticket(department=old, at=at)
    life.close(done, by=cast.atendente, reason="Feito", at=at)
    for before, to in ((old, middle), (middle, new)):
        before.is_active, before.successor = False, to
        before.save()
    assert exits.move_from_closed(at=at) == 1
    ticket.refresh_from_db()
    assert ticket.department == new
    assert "1 O.S. veio de Antigo" in last_mail_to(cast.atendente.email)
    again = Ticket.objects.get(pk=done.pk)
    life.client_says(again, said("Não resolveu."), at=at)
    assert exits.move_from_closed(at=at) == 1
    assert exits.move_from_closed(at=at) == 0


def test_two_closed_departments_that_name_each_other_move_nothing(cast: Cast):
    one, two = make_department("Um"), make_department("Dois")
    make_ticket(department=one)
    for before, to in ((one, two), (two, one)):
        before.is_active, before.successor = False, to
        before.save()
    assert exits.move_from_closed(at=timezone.now()) == 0


def test_an_order_of_a_company_that_was_removed_stays_its_persons(cast: Cast):
    ticket = make_ticket(user=cast.bruno, email=cast.bruno.email or "", company=cast.company_b)
    Ticket.objects.update(company=None)  # what on_delete does
    assert Ticket.objects.visible_to(cast.bruno).get() == ticket


def test_a_calendar_that_changed_is_reckoned_in_parts(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    at, department = timezone.now(), make_department()
    tickets = [make_ticket(department=department, at=at) for _ in range(3)]
    waiting = make_ticket(department=department, at=at)
    words = said("Qual?", kind=Entry.Kind.AGENT, user=cast.atendente)
    life.agent_answers(waiting, words, to=Status.WAITING_CLIENT, at=at)
    department.targets.update(resolve_minutes=60, first_minutes=60)
    monkeypatch.setattr(sla, "CHUNK", 2)
    last = sla.reckon_chunk(department.pk, after=0, at=at)
    assert last == tickets[1].pk
    assert sla.reckon_chunk(department.pk, after=last, at=at) == 0
    before = waiting.due_resolve
    for ticket in (*tickets, waiting):
        ticket.refresh_from_db()
    assert waiting.due_resolve == before
    assert {t.due_resolve for t in tickets} == {t.due_first for t in tickets}
