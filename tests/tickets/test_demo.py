"""The demonstration's service orders: every state, made as real ones are, and nobody is mailed."""

from datetime import datetime

import pytest
from django.conf import LazySettings
from django.db.models import Count, F
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.verification import chains, verify_chain
from portal.demo import services as demo_services
from portal.files.models import PendingFile
from portal.outbox.models import Entry as Outgoing
from tickets import demo
from tickets.models import (
    Attachment,
    DayFigures,
    Department,
    Entry,
    EntryText,
    IncomingMail,
    Ticket,
)
from tickets.models.departments import Priority
from tickets.models.states import ClientStatus
from tickets.services import incoming
from tickets.services.numbers import typed
from tickets.services.vehicles import renavam

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_the_world_of_the_service_orders(settings: LazySettings, tmp_path):
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    world = demo_services._people_and_companies(
        at=timezone.now(), tell=lambda _text: None, ages=(2,), processes=1
    )
    mails = Outgoing.objects.count()
    demo.load(world)
    _every_state_source_and_way_out_is_there(world.at)
    _numbers_are_in_the_order_of_time()
    _words_counts_files_and_audit_are_whole()
    _the_manual_s_order_is_ana_s(world.people["ana"])
    for login in ("atendente", "agente", "faturista"):
        agent = world.people[login]
        assert Ticket.objects.visible_to(agent).unfinished().filter(department__members=agent)
    assert DayFigures.objects.filter(opened__gt=0).exists()
    # Nobody was mailed about what is past; something can be read in the outbox.
    assert 5 < Outgoing.objects.count() - mails < 40

    unread, *left_out = IncomingMail.objects.order_by("-fetched_at")
    assert (unread.status, {mail.status for mail in left_out}) == ("unreadable", {"ignored"})
    incoming.try_again(unread, at=world.at)
    incoming.take(unread, at=world.at)
    assert unread.status == "taken"

    count = Ticket.objects.count()
    demo.load(world)
    assert (Ticket.objects.count(), Department.objects.count()) == (count, 3)


def _every_state_source_and_way_out_is_there(at: datetime) -> None:
    orders = Ticket.objects.all()
    assert orders.count() == 48 + demo.A_MONTH
    assert {order.status for order in orders} == set(Ticket.Status.values)
    assert {order.client_status for order in orders} == set(ClientStatus)
    assert {order.source for order in orders} == set(Ticket.Source.values)
    assert {order.priority for order in orders} == set(Priority.values)
    assert sum(order.is_overdue for order in orders) >= 5
    for way_out in (
        {"bounced": True}, {"rating__gt": 0}, {"follows__gt": 0}, {"merged_into__gt": 0},
        {"events__kind": "transferred"}, {"entries__held": True},
    ):  # fmt: skip
        assert orders.filter(**way_out).exists(), way_out
    assert not orders.filter(last_activity__gt=at).exists()


def _numbers_are_in_the_order_of_time() -> None:
    orders = Ticket.objects.order_by("created_at", "counter").filter(merged=None)
    assert all(typed(order.number) for order in orders)
    for year in {order.number[:4] for order in orders}:
        counters = [order.counter for order in orders if order.number[:4] == year]
        assert counters == sorted(counters)


def _words_counts_files_and_audit_are_whole() -> None:
    assert EntryText.objects.count() == Entry.objects.count() > 100
    counted = Ticket.objects.annotate(n=Count("entries")).filter(merged_into=None)
    shown = counted.exclude(entries__held=True)
    assert not shown.exclude(entry_count=F("n")).exists()
    assert Attachment.objects.exists()
    assert not PendingFile.objects.exists()
    assert all(verify_chain(chain).broken_at is None for chain in chains())


def _the_manual_s_order_is_ana_s(ana: User) -> None:
    manual = Ticket.objects.visible_to(ana).get(values__placa="NBB-0000")
    assert manual.client_status == ClientStatus.OPEN
    assert (manual.subject, str(manual.department)) == ("IPVA - 1° Emplacamento", "Atendimento")
    assert renavam(manual.values["renavam"])
    [said] = manual.entries.all()
    assert said.text.startswith("Solicito lançamento do IPVA referente ao veículo informado.")
    assert [file.name for file in said.attachments.all()] == ["nota-fiscal.jpg"]
