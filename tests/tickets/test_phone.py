"""Orders registered by phone: the number is told, and an e-mail is needed where the desk says so."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests.factories import Cast, make_user
from tests.factories.tickets import make_agent, make_department, make_topic
from tests.tickets.test_life import mails
from tickets.models import Participant, Ticket, TopicField

pytestmark = pytest.mark.django_db
NEW = "tickets:desk_new"


@pytest.fixture
def topic(cast: Cast):
    topic = make_topic(name="IPVA")
    TopicField.objects.create(
        topic=topic, name="placa", label="PLACA", kind="plate", is_required=True
    )
    return topic


@pytest.fixture
def desk(topic) -> Client:
    """An agent who may look people up, as the staff group may."""
    agent, browser = make_agent(topic.department), Client()
    agent.user_permissions.add(Permission.objects.get(codename="view_user"))
    browser.force_login(agent)
    return browser


def register(desk: Client, topic, **more):
    values = {
        "name": "Eliane Exemplo", "email": "eliane@exemplo.com.br", "topic": topic.pk,
        "field_placa": "NBB0000", "message": "Quer lançar o IPVA.", "html": "", **more,
    }  # fmt: skip
    return desk.post(reverse(NEW), values)


def test_the_number_is_shown_to_be_told_and_mailed_to_the_caller(desk, topic):
    page = desk.get(register(desk, topic)["Location"])
    ticket = Ticket.objects.get()
    assert f'<p class="order-number">{ticket.number}</p>' in page.content.decode()
    assert ticket.number in mails("eliane@exemplo.com.br")[0]
    assert (ticket.source, ticket.subject) == ("phone", "IPVA")
    assert ticket.values == {"placa": "NBB-0000"}


def test_without_an_email_it_is_refused_with_the_manuals_sentence(desk, topic):
    page = register(desk, topic, email="")
    assert page.status_code == 422
    assert "Para abrir uma O.S., é necessário um endereço de e-mail válido" in page.content.decode()
    assert not Ticket.objects.exists()


def test_where_the_department_says_so_it_is_kept_without_one_and_a_slip_is_printed(desk, topic):
    topic.department.phone_without_email = True
    topic.department.save()
    page = desk.get(register(desk, topic, email="")["Location"])
    assert "data-print" in page.content.decode()
    assert Participant.objects.get().email == ""


def test_the_department_that_is_chosen_decides(desk, topic):
    other = make_department("Balcão", phone_without_email=True)
    assert register(desk, topic, email="", department=other.pk).status_code == 302
    assert Ticket.objects.get().department == other
    answer = desk.get(reverse("tickets:desk_registered"))
    assert Ticket.objects.get().desk_url not in answer.content.decode()


def test_choosing_the_topic_shows_its_fields_and_keeps_what_was_typed(desk, topic):
    assert "PLACA" not in desk.get(reverse(NEW)).content.decode()
    values = {"name": "Eliane", "message": "Quer lançar", "topic": topic.pk, "find": "topic"}
    page = desk.post(reverse(NEW), values)
    body = page.content.decode()
    assert page.status_code == 200
    assert "PLACA" in body
    assert 'value="Eliane"' in body
    assert not page.context["form"].errors


def test_who_is_registered_is_found_as_typed_and_sees_the_order(desk, topic):
    person = make_user("Bia Registrada", phone="6933210000")
    page = register(desk, topic, name="", email="", person=person.email)
    assert page.status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.name, ticket.email, ticket.phone) == (person.name, person.email, person.phone)
    assert Ticket.objects.visible_to(person).get() == ticket


def test_sent_twice_it_is_one_order(desk, topic):
    for _ in range(2):
        assert register(desk, topic, csrfmiddlewaretoken="x" * 64).status_code == 302
    assert Ticket.objects.count() == 1


def test_another_agent_cannot_see_what_was_registered_last(desk, topic):
    register(desk, topic)
    other = Client()
    other.force_login(make_agent(name="Outra Atendente"))
    assert other.get(reverse("tickets:desk_registered"))["Location"] == reverse(NEW)
