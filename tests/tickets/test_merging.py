"""Several orders become one: all goes along, old numbers lead on, the earlier clock counts."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.outbox.models import Entry as Outbox
from portal.transitions import IllegalTransition
from tests.access import World, guest_of
from tests.factories import Cast, make_user
from tests.factories.tickets import make_agent, make_department, make_ticket, said
from tests.tickets.clients import run_jobs
from tests.tickets.test_sla import at
from tests.tickets.test_telling import mails_to
from tickets.models import Draft, Entry, Participant, Ticket
from tickets.services import bulk, life, merging, telling
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


def merge(tickets, into: Ticket, agent, now: datetime | None = None) -> None:
    merging.merge(tickets, into, by=agent, at=now or timezone.now())
    for ticket in (*tickets, into):
        ticket.refresh_from_db()


def answers(ticket: Ticket, agent, now: datetime, to=Status.WAITING_CLIENT) -> None:
    words = said("Falta a nota.", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
    life.agent_answers(ticket, words, to=to, at=now)


def test_messages_people_drafts_and_counts_go_along(agent):
    into = make_ticket()
    one = make_ticket(
        email="bia@exemplo.com.br", name="Bia", copies=[("", "eliane@exemplo.com.br")]
    )
    two = make_ticket(text="Outra vez.")
    Draft.objects.create(ticket=two, user=agent, html="<p>Oi</p>", saved_at=timezone.now())
    merge([one, two], into, agent)
    assert into.entries.count() == into.entry_count == 3
    assert sorted(into.participants.values_list("email", "role")) == [
        ("bia@exemplo.com.br", "copy"), ("eliane@exemplo.com.br", "requester"),
    ]  # fmt: skip
    assert set(into.entries.values_list("participant__ticket", flat=True)) == {into.pk}
    assert into.drafts.count() == 1
    for gone in (one, two):
        assert (gone.status, gone.merged_into, gone.entry_count) == (Status.CLOSED, into, 0)
        assert into.number in gone.close_reason


def test_who_has_no_address_but_an_account_goes_along(agent):
    into, user = make_ticket(), make_user("Sem Correio", email="")
    other = make_ticket(email="", name="Sem Correio", user=user)
    merge([other], into, agent)
    assert into.participants.get(user=user).role == Participant.Role.COPY


def test_the_clock_goes_on_with_what_the_longer_one_has_run(agent):
    early, into = make_ticket(at=at(23, 9)), make_ticket(at=at(23, 11))
    assert early.due_first == at(23, 10)
    merge([early], into, agent, at(23, 11))
    assert into.created_at == at(23, 9)
    assert into.due_first == at(23, 11)  # over already
    assert into.sla_used == 2 * 3600


def test_the_longer_clock_of_the_order_that_takes_the_other_in_stays(agent):
    into, late = make_ticket(at=at(23, 9)), make_ticket(at=at(23, 11))
    due = into.due_resolve
    merge([late], into, agent, at(23, 11))
    assert into.due_resolve == due


def test_an_order_that_waits_for_the_client_wakes_when_one_with_a_question_comes_in(agent):
    into = make_ticket(at=at(23, 9))
    answers(into, agent, at(23, 10))
    merge([make_ticket(at=at(23, 11))], into, agent, at(23, 11))
    assert (into.status, into.needs_answer) == (Status.WAITING_AGENT, True)
    assert into.sla_running_since == at(23, 11)
    assert into.first_answer_at == at(23, 10)


@pytest.mark.parametrize("state", [Status.CLOSED, Status.SPAM])
def test_nothing_is_merged_into_what_is_finished(agent, state):
    into, other = make_ticket(), make_ticket()
    Ticket.objects.filter(pk=into.pk).update(status=state)
    with pytest.raises(NotPossible):
        merge([other], into, agent)
    assert other.entries.count() == 1


def test_nothing_is_merged_into_itself_or_twice_and_spam_not_at_all(agent):
    into, other, spam = make_ticket(), make_ticket(), make_ticket()
    with pytest.raises(NotPossible):
        merge([other, into], into, agent)
    life.mark_spam(spam, by=agent, at=timezone.now())
    with pytest.raises(IllegalTransition):
        merge([other, spam], into, agent)
    other.refresh_from_db()
    assert other.merged_into is None
    merge([other], into, agent)
    with pytest.raises(NotPossible):
        merge([other], make_ticket(), agent)


def test_old_numbers_lead_on_even_after_a_second_merge(agent, desk):
    first, second, third = make_ticket(), make_ticket(), make_ticket()
    merge([first], second, agent)
    merge([second], third, agent)
    first.refresh_from_db()
    assert first.merged_into == third
    assert desk.get(first.desk_url)["Location"] == third.desk_url


def test_the_clients_old_address_leads_on(agent):
    eliane = make_user("Eliane Exemplo", email="eliane@exemplo.com.br")
    old = make_ticket(user=eliane)
    into = make_ticket(email="bia@exemplo.com.br", name="Bia")
    merge([old], into, agent)
    browser = Client()
    browser.force_login(eliane)
    answer = browser.get(old.get_absolute_url())
    assert answer["Location"] == into.get_absolute_url()
    assert browser.get(answer["Location"]).status_code == 200


def test_a_guests_visit_of_the_old_one_opens_where_it_went(agent, cast: Cast):
    old, into = make_ticket(), make_ticket(email="bia@exemplo.com.br", name="Bia")
    browser = guest_of(lambda _world: old, "eliane@exemplo.com.br")(World(cast)).browser
    merge([old], into, agent)
    answer = browser.get(old.get_absolute_url())
    assert answer["Location"] == into.get_absolute_url()
    assert browser.get(answer["Location"]).status_code == 200


def test_the_dialog_finds_by_words_and_number_what_the_agent_may_see_and_asks(agent, desk):
    into = make_ticket(email="bia@exemplo.com.br")
    fits = make_ticket(subject="Licenciamento atrasado")
    hidden = make_ticket(department=make_department("Suporte"), subject="Licenciamento alheio")
    address = reverse("tickets:desk_merge", args=[into.number])
    found = desk.post(address, {"q": "licenciamento", "find": "1"}).content.decode()
    assert fits.number in found
    assert hidden.number not in found
    assert fits.number in desk.post(address, {"q": fits.number, "find": "1"}).content.decode()
    assert desk.post(address, {"tickets": [hidden.pk]}).status_code == 200
    question = desk.post(address, {"tickets": [fits.pk]})
    assert question.status_code == 200
    assert question.context["is_of_others"]
    fits.refresh_from_db()
    assert fits.merged_into is None
    desk.post(address, {"tickets": [fits.pk], "sure": "1"})
    fits.refresh_from_db()
    assert fits.merged_into == into


def test_an_answer_to_an_order_that_was_merged_meanwhile_is_shown_where_it_went(agent, desk):
    old, into = make_ticket(), make_ticket(text="O mesmo pedido.")
    seen = old.entries.get().pk
    merge([old], into, agent)
    page = desk.post(
        reverse("tickets:desk_reply", args=[old.number]),
        {"message": "Pedimos a nota.", "to": "waiting_client", "seen": seen},
    )
    assert page.status_code == 409
    assert page.context["ticket"] == into
    assert "Pedimos a nota." in page.content.decode()


def test_clocks_that_stand_still_stay_so(agent):
    one, into = make_ticket(at=at(23, 9)), make_ticket(at=at(23, 9))
    answers(one, agent, at(23, 10))
    answers(into, agent, at(23, 10))
    merge([one], into, agent, at(23, 10) + timedelta(hours=1))
    assert (into.status, into.sla_running_since) == (Status.WAITING_CLIENT, None)


@pytest.mark.parametrize("one_by_one", [False, True])
def test_who_took_part_in_what_was_merged_is_told_once_which_number_goes_on(agent, one_by_one):
    """Merged from its page, or from the list: there each order is merged by itself."""
    into = make_ticket(email="bia@exemplo.com.br", name="Bia", subject="IPVA em dobro")
    one = make_ticket(copies=[("Colega", "colega@exemplo.com.br"), ("Rui", "rui@exemplo.com.br")])
    two = make_ticket()
    one.participants.filter(email="rui@exemplo.com.br").update(bounced_at=timezone.now())
    Outbox.objects.all().delete()
    if one_by_one:
        now = timezone.now()
        act = bulk.merge(into, by=agent, at=now)
        bulk.each([one.pk, two.pk], act, by=agent, at=now, beside=into)
    else:
        merge([one, two], into, agent)
    run_jobs()
    (told,) = mails_to("eliane@exemplo.com.br")
    assert told.subject == f"[O.S. {into.number}] IPVA em dobro"
    assert f"{one.number}, {two.number} agora fazem parte da O.S. {into.number}" in told.text
    assert "/visita/" in told.text
    assert told.automatic
    (copied,) = mails_to("colega@exemplo.com.br")
    assert f"{one.number} agora faz parte da O.S. {into.number}" in copied.text
    assert two.number not in copied.text
    assert mails_to("bia@exemplo.com.br") == mails_to("rui@exemplo.com.br") == []


def test_who_is_told_late_reads_the_number_that_goes_on_then(agent):
    first, second = make_ticket(), make_ticket(email="bia@exemplo.com.br")
    third = make_ticket(email="rui@exemplo.com.br")
    merge([first], second, agent)
    merge([second], third, agent)
    Outbox.objects.filter(kind="mail").delete()
    run_jobs()
    told, _of_the_second = mails_to("eliane@exemplo.com.br")
    assert f"{first.number} agora faz parte da O.S. {third.number}" in told.text


def test_mail_of_merges_ends_by_the_loop_guard(agent):
    into, now = make_ticket(email="bia@exemplo.com.br", name="Bia"), timezone.now()
    while telling.may_write_by_itself("eliane@exemplo.com.br", into, at=now):
        pass
    other = make_ticket(at=now)
    Outbox.objects.all().delete()
    merge([other], into, agent, now)
    merging.tell(into, merged_at=now, at=now)
    assert mails_to("eliane@exemplo.com.br") == []
