"""The life of an order: what each side may do, and what the other is told."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.outbox.mail import opened
from portal.outbox.models import Entry as Outbox
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, said
from tickets.models import Entry, EntryText, Event, Ticket
from tickets.services import clients, life, merging
from tickets.services.opening import NewTicket, Person, open_unconfirmed
from tickets.services.thread import AlreadySaid

pytestmark = [pytest.mark.django_db, pytest.mark.both]
Status = Ticket.Status


def mails(address: str) -> list[str]:
    found = Outbox.objects.filter(kind="mail", recipient=address).order_by("pk")
    return [message.text for entry in found if (message := opened(entry))]


def answer(ticket: Ticket, cast: Cast, to=Status.WAITING_CLIENT, **more) -> Entry:
    words = said(
        "Pedimos a nota.", kind=Entry.Kind.AGENT, user=cast.atendente, author="Teresa", **more
    )
    return life.agent_answers(ticket, words, to=to, at=timezone.now())


def test_who_asks_gets_the_number_and_a_link_by_mail():
    ticket = make_ticket(email="eliane@exemplo.com.br")
    (text,) = mails("eliane@exemplo.com.br")
    assert ticket.number in text
    assert "/visita/" in text


def test_an_answer_reaches_everybody_who_takes_part_and_waits_for_the_client(cast: Cast):
    ticket = make_ticket(copies=[("Colega", "colega@exemplo.com.br")])
    answer(ticket, cast)
    assert ticket.status == Status.WAITING_CLIENT
    assert ticket.assigned_to == cast.atendente
    assert "Pedimos a nota." in mails("eliane@exemplo.com.br")[-1]
    assert "Colega" in mails("eliane@exemplo.com.br")[-1]
    assert "Pedimos a nota." in mails("colega@exemplo.com.br")[-1]


def test_a_note_reaches_nobody(cast: Cast):
    ticket = make_ticket()
    before = Outbox.objects.count()
    life.note(ticket, said("Cliente antigo.", kind=Entry.Kind.NOTE), at=timezone.now())
    assert Outbox.objects.count() == before


def test_a_form_that_is_sent_twice_is_one_entry(cast: Cast):
    ticket = make_ticket()
    first = answer(ticket, cast, key="form:x")
    with pytest.raises(AlreadySaid) as again:
        answer(ticket, cast, key="form:x")
    assert again.value.entry == first
    assert ticket.entries.count() == 2


def test_the_clients_answer_opens_what_was_resolved_or_lately_closed(cast: Cast):
    ticket = make_ticket()
    answer(ticket, cast, to=Status.RESOLVED)
    life.close(ticket, by=cast.atendente, reason="Resolvida", at=timezone.now())
    clients.answer(ticket, said("Ainda não."), at=timezone.now())
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closed_at) == (Status.WAITING_AGENT, None)


def test_an_answer_to_what_was_closed_long_ago_opens_one_that_follows_it(cast: Cast):
    ticket = make_ticket()
    life.close(ticket, by=cast.atendente, reason="Resolvida", at=timezone.now())
    late = timezone.now() + timedelta(days=ticket.department.reopen_days, seconds=1)
    found = clients.answer(ticket, said("De novo.", participant=ticket.participants.get()), at=late)
    assert found != ticket
    assert found.follows == ticket
    ticket.refresh_from_db()
    assert ticket.status == Status.CLOSED


def test_a_strangers_order_is_nobodys_before_its_link_is_opened():
    new = NewTicket(
        source=Ticket.Source.WEB, department=make_department(), subject="IPVA",
        person=Person(name="Eliane Exemplo", email="eliane@exemplo.com.br"), said=said(),
    )  # fmt: skip
    ticket = open_unconfirmed(new, at=timezone.now())
    assert not Ticket.objects.for_clients().exists()
    (text,) = mails("eliane@exemplo.com.br")
    assert ticket.number not in text
    token = re.search(r"/os/confirmar/([\w-]+)/", text)[1]  # type: ignore[index]
    with pytest.raises(life.LinkOver):
        life.confirm(token, at=timezone.now() + timedelta(hours=48, seconds=1))
    life.confirm(token, at=timezone.now())
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW
    assert ticket.due_first is not None
    assert ticket.number in mails("eliane@exemplo.com.br")[-1]
    with pytest.raises(life.LinkOver):
        life.confirm(token, at=timezone.now())


def test_spam_is_seen_by_no_client_and_can_be_taken_back(cast: Cast):
    ticket = make_ticket(user=cast.ana)
    life.mark_spam(ticket, by=cast.atendente, at=timezone.now())
    assert not Ticket.objects.visible_to(cast.ana).exists()
    life.not_spam(ticket, by=cast.atendente, at=timezone.now())
    assert Ticket.objects.visible_to(cast.ana).get() == ticket


def test_of_two_agents_who_close_one_is_told_that_it_was_done(cast: Cast):
    ticket = make_ticket()
    same = Ticket.objects.get(pk=ticket.pk)
    life.close(ticket, by=cast.atendente, reason="Resolvida", at=timezone.now())
    with pytest.raises(IllegalTransition):
        life.close(same, by=cast.admin, reason="Outra", at=timezone.now())


def test_merging_brings_messages_people_and_the_earlier_clock(cast: Cast):
    early = make_ticket(
        at=timezone.now() - timedelta(days=2), email="ana@exemplo.com.br", name="Ana"
    )
    into = make_ticket(email="bruno@exemplo.com.br", name="Bruno")
    merging.merge([early], into, by=cast.atendente, at=timezone.now())
    early.refresh_from_db()
    into.refresh_from_db()
    assert (early.status, early.merged_into) == (Status.CLOSED, into)
    assert into.entry_count == 2
    assert into.created_at == early.created_at
    assert set(into.participants.values_list("email", flat=True)) == {
        "ana@exemplo.com.br", "bruno@exemplo.com.br",
    }  # fmt: skip
    assert into.events.filter(kind=Event.Kind.MERGED, note__startswith=early.number).exists()


def test_who_was_taken_out_of_copy_reads_and_writes_no_more():
    ticket = make_ticket()
    now = timezone.now()
    clients.add_copy(ticket, "colega@exemplo.com.br", "Colega", by=None, author="Eliane", at=now)
    clients.remove_copy(clients.copies(ticket).get(), by=None, at=now)
    assert not clients.copies(ticket).exists()
    clients.add_copy(ticket, "colega@exemplo.com.br", "Colega", by=None, author="Eliane", at=now)
    assert clients.copies(ticket).get().left_at is None


def test_words_are_found_without_accents_and_in_the_plural():
    ticket = make_ticket(text="Preciso das certidões negativas.")
    make_ticket(text="Outra coisa.")
    found = EntryText.objects.matching("certidao").values_list("ticket", flat=True)
    assert list(found) == [ticket.pk]
