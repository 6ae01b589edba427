"""Registration at a desk: what was typed proves nothing until the link was opened."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from portal import desks
from portal.accounts.forms.registration import DetailsForm, PhoneFields
from portal.accounts.models import PendingRegistration, User
from portal.accounts.services import registration as services
from portal.accounts.services.links import LinkOver
from portal.accounts.tasks import forget_registrations
from tests.factories import Cast, a_cpf, make_user
from tests.portal.entrance import NEW_PASSWORD, code, mail_text, mails, signed_in, text

EMAIL = "nina@exemplo.com.br"
BOTH = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
DETAILS = {"name": "Nina Nova", "phone": "(31) 3333-4444", "phone_extension": "12", "plate": "ABC"}


class PlateForm(DetailsForm, PhoneFields):
    plate = forms.CharField(label="Placa")


@pytest.fixture(params=["after", "before"])
def desk(request: Any, db: None) -> Iterator[desks.Desk]:
    """A desk whose link comes after its form, then one whose link comes before it."""
    told: list[tuple[User, dict[str, Any]]] = []
    made = desks.Desk(
        name="guild", label="Guilda",
        registration=desks.Registration(
            slug="guilda", form=f"{__name__}.PlateForm", link_first=request.param == "before",
            asks_cpf=request.param == "before",
            complete=lambda user, values: told.append((user, values)),
        ),
    )  # fmt: skip
    desks.register(made)
    made.__dict__["told"] = told
    yield made
    desks.unregister("guild")


def first(desk: desks.Desk) -> bool:
    return bool(desk.registration and desk.registration.link_first)


def ask(client: Client, desk: desks.Desk, **values: str) -> Any:
    """Send the first page: the address, and what this desk asks before the link."""
    data = {"email": EMAIL, **code()}
    data |= {"cpf": a_cpf()} if first(desk) else {**DETAILS, **BOTH}
    return client.post("/cadastro/guilda/", {**data, **values})


def open_link(client: Client) -> Any:
    found = re.search(r"(/cadastro/guilda/\S+)", mail_text(mails(EMAIL)[-1]))
    assert found
    return client.get(found[1], follow=True)


def finish(client: Client, desk: desks.Desk, **values: str) -> Any:
    data = {**DETAILS, **BOTH} if first(desk) else {"password": NEW_PASSWORD}
    return client.post("/cadastro/guilda/confirmar/", {**data, **values}, follow=True)


def test_a_stranger_registers_proves_the_address_and_is_signed_in(desk):
    client = Client()
    assert ask(client, desk)["Location"] == "/cadastro/guilda/enviado/"
    assert not User.objects.exists()
    form = open_link(client)
    # With "no-referrer" browsers send the form with "Origin: null", which is refused.
    assert form["Referrer-Policy"] == "same-origin"
    page = finish(client, desk)
    assert "Conta confirmada!" in text(page)
    assert signed_in(client)
    user = User.objects.get()
    assert (user.email, user.name, user.phone_extension) == (EMAIL, "Nina Nova", "12")
    assert bool(user.cpf) == first(desk)
    assert user.check_password(NEW_PASSWORD)
    [(told, values)] = desk.__dict__["told"]
    assert (told, values["plate"]) == (user, "ABC")
    assert not PendingRegistration.objects.exists()


def test_opening_the_link_alone_makes_nobody(desk):
    client = Client()
    ask(client, desk)
    open_link(client)
    open_link(Client())  # a mail scanner looks as well
    assert not User.objects.exists()


@pytest.mark.parametrize("desk", ["after"], indirect=True)  # before it, there is no password yet
def test_whoever_has_the_address_but_not_the_typed_password_opens_no_account(desk):
    ask(Client(), desk)
    victim = Client()
    open_link(victim)
    page = finish(victim, desk, password="Outra7Senha")
    assert "Esta não é a senha que você criou." in text(page)
    assert not User.objects.exists()
    page = victim.post("/cadastro/guilda/nao-fui-eu/")
    assert "Cadastro apagado" in text(page)
    assert not PendingRegistration.objects.exists()


def test_a_known_address_gets_the_same_answer_and_a_mail_that_says_so(desk):
    known = make_user("Nina Nova", email=EMAIL)
    client, stranger = Client(), Client()
    answers = [ask(client, desk), ask(stranger, desk, email="nova@exemplo.com.br")]
    assert {(a.status_code, a["Location"]) for a in answers} == {(302, "/cadastro/guilda/enviado/")}
    assert "já está cadastrado" in mail_text(mails(EMAIL)[0])
    assert PendingRegistration.objects.get().email == "nova@exemplo.com.br"
    known.refresh_from_db()
    assert not known.check_password(NEW_PASSWORD)


def test_of_two_links_the_newer_works(desk):
    client = Client()
    ask(client, desk)
    old = re.search(r"(/cadastro/guilda/\S+)", mail_text(mails(EMAIL)[0]))
    ask(client, desk)
    assert old
    assert client.get(old[1]).status_code == 410
    assert open_link(client).status_code == 200


def test_a_link_is_over_after_48_hours_and_what_was_typed_is_gone(desk):
    ask(Client(), desk)
    late = timezone.now() + timedelta(hours=48, seconds=1)
    token = mail_text(mails(EMAIL)[0]).split("/cadastro/guilda/")[1].split("/")[0]
    services.waiting(desk, token, at=late - timedelta(minutes=1))
    with pytest.raises(LinkOver):
        services.waiting(desk, token, at=late)
    assert services.forget_over(at=late) == 1
    assert not PendingRegistration.objects.exists()


def test_what_was_typed_is_gone_within_the_hour_after_its_link_was_over():
    [entry] = [e for e in desks.merged("beat").values() if e["task"] == forget_registrations.name]
    assert len(entry["schedule"].hour) == 24


def test_a_link_of_one_desk_opens_nothing_at_another(desk):
    ask(Client(), desk)
    token = mail_text(mails(EMAIL)[0]).split("/cadastro/guilda/")[1].split("/")[0]
    with pytest.raises(LinkOver):
        services.waiting(desks.Desk(name="another", label=""), token, at=timezone.now())
    assert Client().get(f"/cadastro/outra/{token}/").status_code == 404


def test_an_address_taken_meanwhile_is_told_and_nothing_changes(desk):
    client = Client()
    ask(client, desk)
    open_link(client)
    make_user("Outra Pessoa", email=EMAIL)
    page = finish(client, desk)
    assert page.status_code == 409
    assert "Não foi possível fazer o cadastro" in text(page)
    assert User.objects.count() == 1
    assert not signed_in(client)


def test_what_was_typed_stays_when_something_is_wrong(desk):
    if first(desk):
        page = ask(Client(), desk, captcha_1="?")
        assert EMAIL in text(page)
    else:
        page = ask(Client(), desk, password1="Nina7Nova", password2="Nina7Nova")
        assert "não pode conter seu nome" in text(page)
        assert "Nina Nova" in text(page)
    assert not mails(EMAIL)
    assert not PendingRegistration.objects.exists()


@pytest.mark.parametrize(
    "fault", [RuntimeError(), IntegrityError("a desk's"), ValidationError("x")]
)
def test_the_desk_s_answer_and_the_new_user_stand_or_fall_together(desk, cast: Cast, fault):
    """What a desk does wrong is not told as "somebody has this e-mail"."""

    def fail(user: User, values: dict[str, Any]) -> None:
        raise fault

    client = Client()
    ask(client, desk)
    open_link(client)
    object.__setattr__(desk.registration, "complete", fail)
    with pytest.raises(type(fault)):
        finish(client, desk)
    assert not User.objects.filter(email=EMAIL).exists()
    assert PendingRegistration.objects.exists()
