"""Who is believed, what comes back, and mail that answers mail."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from portal.outbox.models import Entry as Outbox
from tests.factories.tickets import make_department, make_ticket
from tests.tickets.mail import calendars
from tests.tickets.posting import (
    BOX,
    ELIANE,
    a_bounce,
    a_mail,
    mails_out,
    make_mailbox,
    our_id,
    take,
    token_address,
)
from tickets.mail import loops
from tickets.models import Entry, Mailbox, Member, Ticket
from tickets.services import life, tokens

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def mailbox() -> Mailbox:
    return make_mailbox()


@pytest.fixture
def agent(cast):
    """An agent of the department, whose address is proven."""
    user = cast.atendente
    named = Permission.objects.filter(codename__in=["view_ticket", "change_ticket"])
    user.user_permissions.add(*named.filter(content_type__app_label="tickets"))
    Member.objects.create(department=make_department(), user=user)
    return user


def from_agent(agent, ticket, text="Está pronto.", **headers):
    return a_mail(
        text, sender=f"Teresa <{agent.email}>", References=tokens.root_id(ticket.pk), **headers
    )


def test_an_agent_answers_by_mail_and_the_client_gets_the_answer_without_what_it_quotes(
    mailbox, agent
):
    ticket = make_ticket(email=ELIANE)
    text = "Está pronto.\n\nEm 03/11/2026 10:12, Balcão escreveu:\n> equipe/os/1\n"
    take(from_agent(agent, ticket, text), mailbox)
    ticket.refresh_from_db()
    entry = ticket.entries.get(kind="agent")
    assert (entry.user, entry.text, ticket.status) == (agent, "Está pronto.", "waiting_client")
    assert ticket.first_answer_at is not None
    assert Outbox.objects.filter(kind="mail", recipient=ELIANE).count() == 2  # receipt and answer


def test_whom_the_agents_own_mail_reached_is_not_written_to_again(mailbox, agent):
    ticket = make_ticket(email=ELIANE)
    take(from_agent(agent, ticket, To=ELIANE, Cc=BOX), mailbox)
    assert Outbox.objects.filter(kind="mail", recipient=ELIANE).count() == 1


@pytest.mark.parametrize(
    "results", ["", "dmarc=fail", "dmarc=none; dkim=pass header.d=exemplo.com.br;"]
)
def test_who_is_not_proven_never_acts_as_an_agent(mailbox, agent, results):
    ticket = make_ticket(email=ELIANE)
    take(from_agent(agent, ticket, results=results), mailbox)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.entries.count()) == ("new", 1)
    assert Ticket.objects.exclude(pk=ticket.pk).get().possibly == ticket


def test_an_agent_of_another_department_is_no_agent_of_this_order(mailbox, agent):
    ticket = make_ticket(email=ELIANE, department=make_department("Outro"))
    take(from_agent(agent, ticket), mailbox)
    assert not ticket.entries.filter(kind="agent").exists()


def test_an_agents_answer_opens_a_closed_order_again(mailbox, agent):
    ticket = make_ticket(email=ELIANE)
    life.close(ticket, by=agent, reason="Resolvida", at=timezone.now())
    take(from_agent(agent, ticket, "Faltou isto."), mailbox)
    ticket.refresh_from_db()
    assert ticket.status == "waiting_client"


def test_an_agent_who_asked_is_a_client_of_that_order(mailbox, agent):
    ticket = make_ticket(email=agent.email)
    take(from_agent(agent, ticket), mailbox)
    assert [entry.kind for entry in ticket.entries.all()] == ["client", "client"]


def test_an_absence_notice_stands_in_the_thread_and_changes_nothing(mailbox, agent):
    ticket = make_ticket(email=ELIANE)
    life.close(ticket, by=agent, reason="Resolvida", at=timezone.now())
    before = mails_out()
    take(a_mail("De férias.", Auto_Submitted="auto-replied", To=token_address(ticket)), mailbox)
    ticket.refresh_from_db()
    assert ticket.entries.get(kind="auto").text.strip() == "De férias."
    assert (ticket.status, ticket.needs_answer, mails_out()) == ("closed", False, before)


def test_what_comes_back_twice_is_noted_once_and_opens_and_sends_nothing(mailbox):
    ticket = make_ticket(email=ELIANE)
    before, raw = mails_out(), a_bounce(our_id(ticket))
    take(raw, mailbox)
    take(raw, mailbox)
    assert ticket.events.filter(kind="bounced").count() == 1
    assert ticket.events.get(kind="bounced").note == ELIANE
    assert (Ticket.objects.count(), mails_out()) == (1, before)


def test_what_comes_back_of_a_mail_that_is_not_ours_is_ignored(mailbox):
    ticket = make_ticket(email=ELIANE)
    row = take(a_bounce("<outra@exemplo.net>"), mailbox)
    ticket.refresh_from_db()
    assert (row.status, ticket.bounced) == ("ignored", False)


def test_who_writes_too_often_within_an_hour_is_held_and_reaches_nobody(mailbox):
    """Two systems, both in copy, that answer each answer: it ends."""
    ticket = make_ticket(email=ELIANE)
    most = loops.AUTOMATIC_AN_HOUR["address"]
    for n in range(most + 2):
        take(a_mail(f"Recebido {n}.", To=token_address(ticket)), mailbox)
    held = ticket.entries.filter(held=True)
    assert (ticket.entries.count(), held.count()) == (most + 3, 2)
    assert ticket.events.filter(kind="held").count() == 2


def test_after_so_many_reopenings_in_a_day_a_person_looks_first(mailbox, agent):
    ticket = make_ticket(email=ELIANE)
    for n in range(loops.REOPENINGS_A_DAY + 1):
        ticket.refresh_from_db()
        life.close(ticket, by=agent, reason="Resolvida", at=timezone.now())
        take(a_mail(f"Ainda não {n}.", To=token_address(ticket)), mailbox)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.entries.filter(held=True).count()) == ("closed", 1)
    later = timezone.now() + timedelta(days=2)
    ticket.events.update(at=timezone.now() - timedelta(days=2))
    assert life.may_reopen(ticket, at=later)
    take(a_mail("Amanhã.", To=token_address(ticket)), mailbox)
    ticket.refresh_from_db()
    assert ticket.status == "waiting_agent"


def test_an_answer_to_spam_is_held_and_nobody_is_told(mailbox, agent):
    ticket = make_ticket(email=ELIANE)
    life.mark_spam(ticket, by=agent, at=timezone.now())
    before = mails_out()
    take(a_mail("Compre!", To=token_address(ticket)), mailbox)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.entries.filter(held=True).count()) == ("spam", 1)
    assert (Ticket.objects.count(), mails_out()) == (1, before)


def test_a_system_that_answers_our_receipt_with_its_own_stays_in_the_one_order(mailbox):
    sender = "chamados@outro.example"
    take(a_mail("Chamado novo.", sender=sender), mailbox)
    ticket = Ticket.objects.get()
    for n in range(5):
        take(
            a_mail(f"Recebemos {n}.", sender=sender, subject=f"[#{n}] Re: [O.S. {ticket.number}]"),
            mailbox,
        )
    assert Ticket.objects.count() == 1
    assert Outbox.objects.filter(kind="mail", recipient=sender).count() == 1


def test_a_list_brings_in_nobody_and_gets_no_receipt(mailbox):
    before = mails_out()
    take(a_mail(To="lista@exemplo.net", Cc=BOX, List_Id="<lista.exemplo.net>"), mailbox)
    assert Ticket.objects.get().participants.count() == 1
    assert mails_out() == before


def test_without_the_servers_name_nobody_is_believed():
    ticket = make_ticket(email=ELIANE)
    take(a_mail(To=token_address(ticket)), make_mailbox(authserv_id=""))
    assert Entry.objects.get(held=True).sender_trusted is False


@pytest.mark.parametrize(
    "shape", [calendars.outlook, calendars.gmail, calendars.apple, calendars.bare]
)
@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
def test_the_answer_of_a_calendar_is_recorded_and_opens_no_order(mailbox, shape, method):
    row = take(shape(method), mailbox)
    assert (row.status, row.kind, row.sender) == ("ignored", "auto:invite_answer", ELIANE)
    assert not Ticket.objects.exists()
    assert not mails_out()
