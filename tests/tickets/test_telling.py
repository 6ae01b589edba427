"""Mail about an order: to whom, in one thread, marked, and never without end."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.outbox.mail import Message, opened
from portal.outbox.models import Entry as Outbox
from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, said
from tickets.models import AgentSettings, Entry, Mailbox, Member, Ticket
from tickets.services import life, telling

pytestmark = pytest.mark.django_db
ELIANE, COLLEAGUE = "eliane@exemplo.com.br", "colega@exemplo.com.br"


def mails_to(address: str | None) -> list[Message]:
    found = Outbox.objects.filter(kind="mail", recipient=address).order_by("pk")
    return [message for entry in found if (message := opened(entry))]


def answer(ticket: Ticket, cast: Cast, text: str = "Pedimos a nota.") -> None:
    words = said(text, kind=Entry.Kind.AGENT, user=cast.atendente, author="Teresa")
    life.agent_answers(ticket, words, to=Ticket.Status.WAITING_CLIENT, at=timezone.now())


def client_says(ticket: Ticket, **values: Any) -> None:
    person = ticket.participants.get(role="requester")
    life.client_says(ticket, said("Segue.", participant=person, **values), at=timezone.now())


def test_each_mail_says_who_else_got_it_and_no_more(cast: Cast):
    ticket = make_ticket(copies=[("Colega", COLLEAGUE)])
    answer(ticket, cast)
    receipt, answered = mails_to(ELIANE)
    assert "também foi para" not in receipt.text, "the receipt went to who asked alone"
    assert "também foi para: Colega" in answered.text
    client_says(ticket)
    assert len(mails_to(ELIANE)) == 2, "nobody gets what they wrote"
    assert "também foi para" not in mails_to(COLLEAGUE)[-1].text


def test_all_mail_of_an_order_has_one_subject_and_one_root(cast: Cast):
    ticket = make_ticket(copies=[("Colega", COLLEAGUE)])
    answer(ticket, cast)
    client_says(ticket)
    life.close(ticket, by=cast.atendente, reason="Feito", at=timezone.now())
    found = mails_to(ELIANE) + mails_to(COLLEAGUE)
    assert len(found) == 5
    assert len({message.subject for message in found}) == 1
    assert {message.headers["References"] for message in found} == {f"<os.{ticket.pk}@127.0.0.1>"}
    assert [m.automatic for m in mails_to(ELIANE)] == [True, False, True]


@pytest.mark.parametrize(
    ("written", "named"),
    [("<a1@mail.example>", True), ("<a b@x>", False), ("<é@x>", False), ("", False)],
)
def test_an_order_that_began_by_mail_refers_to_that_mail(cast: Cast, written: str, named: bool):
    ticket = make_ticket(source=Ticket.Source.MAIL, said=said(message_id=written))
    answer(ticket, cast)
    root = f"<os.{ticket.pk}@127.0.0.1>"
    headers = mails_to(ELIANE)[-1].headers
    assert headers["References"] == (f"{written} {root}" if named else root)
    assert headers["In-Reply-To"] == (written if named else root)


def test_answers_go_to_the_mailbox_with_the_readers_token(cast: Cast):
    department = make_department()
    Mailbox.objects.create(
        department=department, address="os@p.example", host="h", username="u", plus_addresses=True
    )
    answer(make_ticket(department=department, copies=[("Colega", COLLEAGUE)]), cast)
    addresses = {mails_to(ELIANE)[-1].reply_to, mails_to(COLLEAGUE)[-1].reply_to}
    assert len(addresses) == 2
    assert all(a.startswith("os+") and a.endswith("@p.example") for a in addresses)


def test_an_address_whose_mail_came_back_gets_none_and_agents_read_it(cast: Cast):
    department = make_department()
    Member.objects.create(department=department, user=cast.atendente)
    AgentSettings.objects.create(user=cast.atendente, on_client=AgentSettings.Notice.NOW)
    ticket = make_ticket(department=department, copies=[("Colega", COLLEAGUE)])
    answer(ticket, cast)
    ticket.participants.filter(email=COLLEAGUE).update(bounced_at=timezone.now())
    answer(ticket, cast, "De novo.")
    assert len(mails_to(COLLEAGUE)) == 1
    assert "também foi para" not in mails_to(ELIANE)[-1].text
    client_says(ticket)
    assert COLLEAGUE in mails_to(cast.atendente.email)[-1].text


def test_of_orders_that_come_by_mail_at_once_the_first_gets_a_receipt():
    at = timezone.now()
    for _ in range(3):
        make_ticket(source=Ticket.Source.MAIL, at=at)
    assert len(mails_to(ELIANE)) == 1
    make_ticket(source=Ticket.Source.WEB, at=at)
    assert len(mails_to(ELIANE)) == 2, "who fills in a form gets a number for each"
    make_ticket(source=Ticket.Source.MAIL, at=at + telling.RECEIPT_WINDOW)
    assert len(mails_to(ELIANE)) == 3


def test_two_programs_in_copy_that_answer_each_other_come_to_an_end():
    """Each answers what the other wrote, unmarked, by mail."""
    ticket = make_ticket(copies=[("Robô", COLLEAGUE)])
    people = list(ticket.participants.order_by("pk"))
    for turn in range(60):
        words = said("Recebido.", participant=people[turn % 2], source=Ticket.Source.MAIL)
        life.client_says(ticket, words, at=timezone.now())
    assert len(mails_to(ELIANE) + mails_to(COLLEAGUE)) <= 32


def test_who_has_an_account_that_was_closed_gets_a_link_for_guests(cast: Cast):
    ticket = make_ticket(user=cast.bruno, email=cast.bruno.email or "")
    answer(ticket, cast)
    assert ticket.get_absolute_url() in mails_to(cast.bruno.email)[-1].text
    cast.bruno.is_active = False
    cast.bruno.save()
    answer(ticket, cast, "De novo.")
    assert "/visita/" in mails_to(cast.bruno.email)[-1].text


def test_receipts_of_the_counter_are_bounded_by_the_hour():
    at = timezone.now().replace(minute=5)
    for turn in range(15):
        make_ticket(at=at + timedelta(seconds=turn))
    assert len(mails_to(ELIANE)) == 10


def test_agents_answer_their_notices_by_mail_where_the_department_has_a_mailbox(cast: Cast):
    department = make_department()
    Member.objects.create(department=department, user=cast.atendente)
    AgentSettings.objects.create(user=cast.atendente, on_new=AgentSettings.Notice.NOW)
    make_ticket(department=department)
    Mailbox.objects.create(
        department=department, address="os@p.example", host="h", username="u", plus_addresses=True
    )
    ticket = make_ticket(department=department)
    without, told = mails_to(cast.atendente.email)
    assert (without.reply_to, told.reply_to) == ("", "os@p.example")
    assert told.automatic
    assert told.headers["References"] == f"<os.{ticket.pk}@127.0.0.1>"
    assert "acima desta linha. Ela vai para o cliente." in told.text
    assert "acima desta linha" not in without.text
