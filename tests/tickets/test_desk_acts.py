"""What agents do with an order beside answering; who comes second is told what is true."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.outbox.models import Entry as Outbox
from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket, make_topic, said
from tests.tickets.test_life import mails
from tickets.models import Entry, Event, Participant, Ticket, TopicField
from tickets.services import acts, life
from tickets.services.answers import NotPossible

pytestmark = [pytest.mark.django_db, pytest.mark.both]
Status = Ticket.Status


@pytest.fixture
def agent(cast: Cast):
    return make_agent(make_department())


@pytest.fixture
def desk(agent) -> Client:
    browser = Client()
    browser.force_login(agent)
    return browser


def url(name: str, ticket: Ticket, *more: int) -> str:
    return reverse(f"tickets:desk_{name}", args=[ticket.number, *more])


def said_on(desk: Client, response) -> str:
    page = desk.get(response["Location"])
    return " ".join(str(message) for message in page.context["messages"])


def test_of_two_who_take_an_order_the_second_is_told_whose_it_is(desk, agent):
    ticket, carla = make_ticket(), make_agent(make_department(), name="Carla Colega")
    acts.assign(ticket, carla, by=carla, at=timezone.now())
    answer = desk.post(url("assign", ticket), {"mine": "1", "shown": ""})
    assert "Carla Colega" in said_on(desk, answer)
    ticket.refresh_from_db()
    assert ticket.assigned_to == carla
    desk.post(url("assign", ticket), {"mine": "1", "shown": carla.pk})
    ticket.refresh_from_db()
    assert ticket.assigned_to == agent


def test_it_is_assigned_to_agents_of_the_department_alone(desk, cast: Cast):
    ticket, stranger = make_ticket(), make_agent(make_department("Suporte"), name="Sônia Suporte")
    page = desk.post(url("assign", ticket), {"agent": stranger.pk, "shown": ""})
    assert page.status_code == 422
    with pytest.raises(NotPossible):
        acts.assign(ticket, stranger, by=cast.admin, at=timezone.now())


def test_a_transfer_goes_to_any_department_and_out_of_sight(desk, agent):
    ticket, other = make_ticket(), make_department("Suporte")
    acts.assign(ticket, agent, by=agent, at=timezone.now())
    answer = desk.post(
        url("transfer", ticket),
        {"department": other.pk, "note": "É técnico.", "shown": ticket.department_id},
    )
    assert answer["Location"] == reverse("tickets:queue")
    ticket.refresh_from_db()
    assert (ticket.department, ticket.assigned_to) == (other, None)
    assert "É técnico." in ticket.events.get(kind=Event.Kind.TRANSFERRED).note
    assert desk.get(ticket.desk_url).status_code == 404


def test_of_two_transfers_the_second_is_told_where_it_is(cast: Cast):
    ticket, first = make_ticket(), make_ticket().department
    suporte, cadastro = make_department("Suporte"), make_department("Cadastro")
    acts.transfer(ticket, suporte, by=cast.admin, at=timezone.now(), shown=first.pk)
    with pytest.raises(NotPossible, match="Suporte"):
        acts.transfer(ticket, cadastro, by=cast.admin, at=timezone.now(), shown=first.pk)


def test_a_correction_over_somebody_elses_is_refused(desk, cast: Cast):
    topic = make_topic()
    TopicField.objects.create(topic=topic, name="placa", label="PLACA", kind="plate")
    ticket = make_ticket(topic=topic, values={"placa": "NBB-0000", "antigo": "fica"})
    form = desk.get(url("fields", ticket)).context["form"]
    sent = {"subject": "IPVA", "field_placa": "nbb1234", "shown": form["shown"].value()}
    assert desk.post(url("fields", ticket), sent).status_code == 302
    ticket.refresh_from_db()
    assert ticket.values == {"placa": "NBB-1234", "antigo": "fica"}
    late = desk.post(url("fields", ticket), {**sent, "field_placa": "ABC1D23"})
    assert late.status_code == 302
    ticket.refresh_from_db()
    assert ticket.values["placa"] == "NBB-1234"


def test_a_held_answer_that_is_taken_in_counts_as_the_clients(desk, agent):
    ticket = make_ticket()
    words = said("Falta a nota.", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
    life.agent_answers(ticket, words, to=Status.RESOLVED, at=timezone.now())
    held = life.client_says(ticket, said("Segue.", held=True), at=timezone.now())
    desk.post(url("accept", ticket, held.pk))
    ticket.refresh_from_db()
    held.refresh_from_db()
    assert (ticket.status, ticket.resolved_at, held.held) == (Status.WAITING_AGENT, None, False)
    assert ticket.needs_answer
    again = desk.post(url("accept", ticket, held.pk))
    assert said_on(desk, again)
    assert ticket.events.filter(kind=Event.Kind.HELD).count() == 1


def test_a_held_answer_is_discarded_only_after_a_question(desk):
    ticket = make_ticket()
    held = life.client_says(ticket, said("Compre já!", held=True), at=timezone.now())
    assert desk.get(url("discard", ticket, held.pk)).status_code == 200
    assert Entry.objects.filter(pk=held.pk).exists()
    desk.post(url("discard", ticket, held.pk))
    assert not Entry.objects.filter(pk=held.pk).exists()
    assert ticket.events.get(kind=Event.Kind.HELD).note


def test_a_new_address_gets_what_the_old_one_missed_and_the_old_opens_nothing(desk, agent):
    ticket = make_ticket(email="errado@exemplo.com.br", copies=[("", "colega@exemplo.com.br")])
    words = said("Falta a nota.", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
    life.agent_answers(ticket, words, to=Status.WAITING_CLIENT, at=timezone.now())
    person = ticket.participants.get(email="errado@exemplo.com.br")
    person.bounced_at = timezone.now()
    person.save()
    Ticket.objects.filter(pk=ticket.pk).update(bounced=True)
    to_colleague = Outbox.objects.filter(recipient="colega@exemplo.com.br").count()
    desk.post(url("email", ticket, person.pk), {"email": "Certo@exemplo.com.br"})
    ticket.refresh_from_db()
    assert (ticket.email, ticket.bounced) == ("certo@exemplo.com.br", False)
    assert "Falta a nota." in mails("certo@exemplo.com.br")[-1]
    assert len(mails("certo@exemplo.com.br")) == 2
    assert Outbox.objects.filter(recipient="colega@exemplo.com.br").count() == to_colleague
    person.refresh_from_db()
    assert person.left_at is not None
    assert person.token_digest == ""


def test_an_address_that_takes_part_already_is_refused(desk):
    ticket = make_ticket(copies=[("", "colega@exemplo.com.br")])
    person = ticket.participants.get(role=Participant.Role.REQUESTER)
    page = desk.post(url("email", ticket, person.pk), {"email": "colega@exemplo.com.br"})
    assert page.status_code == 422
    person.refresh_from_db()
    assert person.left_at is None


def test_agents_add_people_in_copy_and_take_them_out_but_never_who_asked(desk):
    ticket = make_ticket()
    desk.post(url("people", ticket), {"email": "colega@exemplo.com.br", "name": "Colega"})
    colleague = ticket.participants.get(email="colega@exemplo.com.br")
    desk.post(url("people_remove", ticket, colleague.pk))
    colleague.refresh_from_db()
    assert colleague.left_at is not None
    asker = ticket.participants.get(role=Participant.Role.REQUESTER)
    assert desk.post(url("people_remove", ticket, asker.pk)).status_code == 404


def test_spam_and_its_undoing_ask_first(desk):
    ticket = make_ticket()
    assert desk.get(url("spam", ticket)).status_code == 200
    desk.post(url("spam", ticket))
    ticket.refresh_from_db()
    assert ticket.status == Status.SPAM
    assert desk.get(url("not_spam", ticket)).status_code == 200
    desk.post(url("not_spam", ticket))
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_it_is_closed_with_a_reason_once_and_the_second_is_told(desk):
    ticket = make_ticket()
    desk.post(url("close", ticket), {"reason": "Feito."})
    second = desk.post(url("close", ticket), {"reason": "Feito de novo."})
    assert second.status_code == 409
    assert "Feito de novo." in second.content.decode()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.close_reason) == (Status.CLOSED, "Feito.")
    desk.post(url("reopen", ticket))
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN


def test_the_page_shows_what_else_the_client_has_open_and_what_it_follows(desk):
    ticket, other = make_ticket(), make_ticket(subject="Segunda via")
    hidden = make_ticket(department=make_department("Suporte"), subject="Segredo")
    follows = make_ticket(email="outra@exemplo.com.br", subject="Antiga")
    Ticket.objects.filter(pk=ticket.pk).update(follows=follows)
    page = desk.get(ticket.desk_url).content.decode()
    assert other.number in page
    assert follows.number in page
    assert hidden.number not in page


@pytest.mark.parametrize("days", [1, 40])
def test_the_page_costs_the_same_with_few_and_many_messages(
    desk, days, django_assert_max_num_queries
):
    ticket = make_ticket()
    for n in range(days):
        life.client_says(ticket, said(f"{n}"), at=timezone.now() + timedelta(minutes=n))
    desk.get(ticket.desk_url)
    with django_assert_max_num_queries(45):
        desk.get(ticket.desk_url)
