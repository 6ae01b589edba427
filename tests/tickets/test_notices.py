"""Of what agents are told by mail, by their choice; and how they sign."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.outbox.mail import opened
from portal.outbox.models import Entry as Outbox
from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket, said
from tickets.models import AgentSettings, Entry, Ticket
from tickets.services import acts, life, notices
from tickets.tasks import tell_agents_daily

pytestmark = [pytest.mark.django_db, pytest.mark.both]
Notice = AgentSettings.Notice


@pytest.fixture
def agent(cast: Cast):
    return make_agent(make_department())


def mails(user) -> list[str]:
    found = Outbox.objects.filter(kind="mail", recipient=user.email).order_by("pk")
    return [message.text for entry in found if (message := opened(entry))]


def choose(user, **values: str) -> None:
    defaults = dict.fromkeys(notices.KINDS, Notice.NONE)
    notices.choose(user, {**defaults, **values})


def happens(agent, cast) -> Ticket:
    """An order comes in, is assigned, and its client writes again."""
    ticket = make_ticket()
    acts.assign(ticket, agent, by=cast.admin, at=timezone.now())
    words = said("Mais uma coisa.", participant=ticket.participants.get())
    life.client_says(ticket, words, at=timezone.now())
    return ticket


@pytest.mark.parametrize(
    ("chosen", "count"),
    [({}, 0), ({"on_new": "now"}, 1), ({"on_assigned": "now"}, 1), ({"on_client": "now"}, 1),
     (dict.fromkeys(notices.KINDS, "now"), 3), (dict.fromkeys(notices.KINDS, "daily"), 0)],
)  # fmt: skip
def test_each_kind_is_told_at_once_to_who_wants_it(agent, cast, chosen, count):
    choose(agent, **chosen)
    happens(agent, cast)
    assert len(mails(agent)) == count


def test_who_never_chose_is_told_of_what_is_theirs(agent, cast):
    happens(agent, cast)
    assert len(mails(agent)) == 2


@pytest.mark.parametrize(
    ("kind", "title"),
    [("on_new", "Novas nos seus departamentos"), ("on_assigned", "Atribuídas a você"),
     ("on_client", "Clientes responderam")],
)  # fmt: skip
def test_the_daily_mail_has_the_kinds_that_were_chosen_once(agent, cast, kind, title):
    choose(agent, **{kind: Notice.DAILY})
    ticket = happens(agent, cast)
    make_ticket(department=make_department("Suporte"))
    tell_agents_daily()
    tell_agents_daily()
    (text,) = mails(agent)
    assert title in text
    assert text.count(ticket.number) == 2  # its line, and its address
    assert text.count("/equipe/os/20") == 1


def test_without_news_there_is_no_daily_mail(agent, cast):
    choose(agent, **dict.fromkeys(notices.KINDS, Notice.DAILY))
    happens(agent, cast)
    assert notices.send_daily(at=timezone.now() + timedelta(days=2)) == 0


def test_who_was_deactivated_is_told_nothing(agent, cast):
    choose(agent, **dict.fromkeys(notices.KINDS, Notice.DAILY))
    happens(agent, cast)
    agent.is_active = False
    agent.save()
    assert notices.send_daily(at=timezone.now()) == 0


def test_agents_choose_and_sign_on_their_page(agent, cast, client_of):
    browser, address = client_of(agent), reverse("tickets:agent_settings")
    assert browser.get(address).context["form"]["on_assigned"].value() == "now"
    chosen = {
        "on_new": "daily",
        "on_assigned": "none",
        "on_client": "now",
        "signature": "Tadeu\nSala 2",
    }
    assert browser.post(address, chosen).status_code == 302
    assert browser.post(address, {**chosen, "on_new": "x"}).context["form"].errors.keys() == {
        "on_new"
    }
    ticket = make_ticket(department=make_department(signature="Atendimento"))
    words = said("Feito.", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
    life.agent_answers(ticket, words, to=Ticket.Status.RESOLVED, at=timezone.now())
    entry = Outbox.objects.filter(recipient="eliane@exemplo.com.br").latest("pk")
    message = opened(entry)
    assert message
    assert "Tadeu\nSala 2" in message.text
