"""Canned answers: whose they are, and their placeholders."""

import pytest
from django.urls import reverse

from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket
from tickets.models import CannedReply
from tickets.services import canned

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(cast: Cast):
    return make_agent(make_department())


def form(**values: object) -> dict[str, object]:
    return {
        "title": "Saudação",
        "whose": "mine",
        "text": "Olá, {{nome}}.",
        "is_active": "on",
        **values,
    }


@pytest.mark.both
def test_agents_see_their_own_their_departments_and_those_of_all(agent, cast, client_of):
    other = make_department("Suporte")
    rows = {
        "Minha": {"user": agent}, "Do setor": {"department": make_department()}, "De todos": {},
        "Alheia": {"user": cast.atendente}, "Do suporte": {"department": other},
    }  # fmt: skip
    for title, values in rows.items():
        CannedReply.objects.create(title=title, html="<p>x</p>", **values)
    page = client_of(agent).get(reverse("tickets:canned")).context["page"]
    assert {row.title for row in page.rows} == {"Minha", "Do setor", "De todos"}
    titles = [reply["title"] for reply in canned.canned_for(make_ticket(), agent)]
    assert titles == ["De todos", "Do setor", "Minha"]
    seen = client_of(cast.admin).get(reverse("tickets:canned")).context["page"].rows
    assert {row.title for row in seen} == {"Do setor", "De todos", "Do suporte"}


def test_what_is_shared_by_all_is_changed_by_who_sees_all(agent, cast, client_of):
    of_all = CannedReply.objects.create(title="De todos", html="<p>x</p>")
    address = reverse("tickets:canned_change", args=[of_all.pk])
    assert client_of(agent).get(address).status_code == 404
    saved = client_of(cast.admin).post(address, form(title="Outra", whose="all"))
    assert saved.status_code == 302
    of_all.refresh_from_db()
    assert of_all.title == "Outra"
    refused = client_of(agent).post(reverse("tickets:canned_new"), form(whose="all"))
    assert refused.context["form"].errors.keys() == {"whose"}


@pytest.mark.parametrize("text", ["Olá, {{nomes}}.", "Olá, {{nome}.", "Olá, nome}}.", "{{}}"])
def test_a_placeholder_that_does_not_exist_is_refused_when_it_is_saved(agent, client_of, text):
    answer = client_of(agent).post(reverse("tickets:canned_new"), form(text=text))
    assert answer.context["form"].errors.keys() == {"text"}
    assert text in answer.context["form"]["text"].value()
    assert not CannedReply.objects.exists()


def test_the_preview_shows_an_example_and_saves_nothing(agent, client_of):
    sent = form(text="Olá, {{nome}}.\n\n<script>alert(1)</script> {{atendente}}", preview="1")
    page = client_of(agent).post(reverse("tickets:canned_new"), sent).content.decode()
    assert "Olá, Eliane." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Tadeu Atendente" in page
    assert not CannedReply.objects.exists()


@pytest.mark.both
def test_the_same_title_twice_is_told_and_nothing_is_lost(agent, client_of):
    browser = client_of(agent)
    for whose in ("mine", str(make_department().pk)):
        assert browser.post(reverse("tickets:canned_new"), form(whose=whose)).status_code == 302
        again = browser.post(reverse("tickets:canned_new"), form(whose=whose, text="Outro texto"))
        assert again.context["form"].errors.keys() == {"title"}
        assert "Outro texto" in again.content.decode()
    assert CannedReply.objects.count() == 2


def test_text_comes_back_as_it_was_written(agent, client_of):
    browser, text = client_of(agent), 'Olá, {{nome}}.\n\nLinha 1\nLinha 2 <b> & "aspas"'
    browser.post(reverse("tickets:canned_new"), form(text=text))
    page = browser.get(reverse("tickets:canned_change", args=[CannedReply.objects.get().pk]))
    assert page.context["form"]["text"].value() == text


def test_it_is_deleted_after_a_question_and_no_longer_offered_when_switched_off(agent, client_of):
    reply = CannedReply.objects.create(title="Minha", html="<p>x</p>", user=agent)
    browser = client_of(agent)
    browser.post(reverse("tickets:canned_change", args=[reply.pk]), form(is_active=""))
    assert canned.canned_for(make_ticket(), agent) == []
    address = reverse("tickets:canned_delete", args=[reply.pk])
    assert "Excluir a resposta pronta" in browser.get(address).content.decode()
    assert browser.post(address).status_code == 302
    assert not CannedReply.objects.exists()
