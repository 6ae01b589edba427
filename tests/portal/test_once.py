"""A form that is sent again is answered as the first time, and carried out once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.news.models import Notice
from portal.outbox.models import Entry
from portal.ui.models import SentForm
from portal.ui.once import REMEMBERED, TOKEN, forget
from tests.factories import Cast, a_cpf

FILLED = {"topic": "amount", "document": "", "message": "Quando vence a fatura?", TOKEN: "a" * 64}


@pytest.fixture
def ana(cast: Cast, client_of) -> Client:
    return client_of(cast.ana)


def ask(client: Client, **values: str):
    return client.post(reverse("invoices:questions"), {**FILLED, **values})


def test_the_same_form_sent_again_gets_the_same_answer(ana: Client) -> None:
    first, second = ask(ana), ask(ana)
    assert (first.status_code, first["Location"]) == (302, second["Location"])
    page = ana.get(second["Location"]).content.decode()
    assert "Sua pergunta foi enviada" in page
    assert Entry.objects.filter(kind="mail").count() == 1


def test_the_same_form_filled_in_otherwise_is_another(ana: Client) -> None:
    ask(ana)
    ask(ana, message="E a de novembro?")
    assert Entry.objects.filter(kind="mail").count() == 2


def test_a_form_rendered_anew_is_another_and_so_is_one_of_somebody_else(
    cast: Cast, ana: Client, client_of
) -> None:
    ask(ana)
    ask(ana, **{TOKEN: "b" * 64})
    ask(client_of(cast.bruno))
    assert Entry.objects.filter(kind="mail").count() == 3


def test_each_page_renders_a_key_of_its_own(ana: Client) -> None:
    pages = [ana.get(reverse("invoices:questions")).context["csrf_token"] for _i in range(2)]
    assert str(pages[0]) != str(pages[1])


def test_a_form_with_errors_may_be_sent_again(ana: Client) -> None:
    assert ask(ana, message="").status_code == 200
    assert not SentForm.objects.exists()


def test_what_was_sent_is_forgotten_after_a_week(ana: Client) -> None:
    ask(ana)
    forget(at=timezone.now() + REMEMBERED - timedelta(minutes=1))
    assert SentForm.objects.count() == 1
    forget(at=timezone.now() + REMEMBERED + timedelta(minutes=1))
    assert not SentForm.objects.exists()


def test_a_form_of_the_administration_sent_twice_adds_once(cast: Cast, client_of) -> None:
    browser, address = client_of(cast.admin), reverse("admin:news_notice_add")
    values = {
        "title": "Feriado", "summary": "Sem atendimento.", "body": "Texto", "audience": "everyone",
        "publish_from_0": "05/03/2026", "publish_from_1": "08:00:00", TOKEN: "a" * 64,
    }  # fmt: skip
    first, second = (browser.post(address, values) for _i in range(2))
    assert (first.status_code, first["Location"]) == (302, second["Location"])
    assert "incluído uma vez só" in browser.get(second["Location"]).content.decode()
    assert Notice.objects.count() == 1
    browser.post(address, {**values, TOKEN: "b" * 64})
    assert Notice.objects.count() == 2


def test_a_provisional_password_that_was_shown_is_not_made_again(
    cast: Cast, client_of, monkeypatch
) -> None:
    monkeypatch.setattr("portal.accounts.admin.person_acts.require_step_up", lambda _request: None)
    monkeypatch.setattr("portal.accounts.admin.users.require_step_up", lambda _request: None)
    browser, before = client_of(cast.admin), User.objects.count()
    values = {
        "name": "Nina Reis",
        "cpf": a_cpf(),
        "email": "",
        "entry": "provisional",
        TOKEN: "a" * 64,
    }
    first, second = (browser.post(reverse("admin:accounts_user_add"), values) for _i in range(2))
    assert (first.status_code, second.status_code) == (200, 302)
    assert User.objects.count() == before + 1


def test_a_form_of_the_administration_with_errors_may_be_sent_again(cast: Cast, client_of) -> None:
    client_of(cast.admin).post(reverse("admin:news_notice_add"), {TOKEN: "a" * 64})
    assert not SentForm.objects.exists()
