"""An invitation: 48 hours, once, and it ends in a session."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import AccessLink, User
from portal.accounts.services.links import LinkOver
from portal.audit.models import AuditEvent
from portal.taxid import format_tax_id
from tests.factories import Cast, a_cpf, make_user
from tests.portal.entrance import NEW_PASSWORD, link_in, mail_text, mails, sign_in, signed_in, text

BOTH = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


@pytest.fixture
def newcomer(db: None) -> User:
    user = services.create_user(
        name="Nina Nova", cpf=format_tax_id(a_cpf()), email="Nina@Exemplo.com.br"
    )
    services.invite(user, by=None)
    return user


def test_the_mail_greets_and_says_how_long_the_link_lives(newcomer: User) -> None:
    [mail] = mails("nina@exemplo.com.br")
    assert "Olá, Nina." in mail_text(mail)
    assert "por 48 horas" in mail_text(mail)


def test_opening_the_link_proves_the_address_and_not_the_cpf(newcomer: User) -> None:
    client = Client()
    client.get(link_in(mails()[0]))
    newcomer.refresh_from_db()
    assert not newcomer.email_proof, "looking at it proves nothing: mail scanners look too"
    client.post("/acesso/", BOTH)
    newcomer.refresh_from_db()
    assert (newcomer.email_proof, newcomer.cpf_proof) == ("link", "")


def test_a_link_to_an_address_that_became_somebody_else_s_proves_nothing(newcomer: User) -> None:
    client = Client()
    client.get(link_in(mails()[0]))
    make_user("Outra Nina", email="nina@exemplo.com.br")
    client.post("/acesso/", BOTH)
    newcomer.refresh_from_db()
    assert not newcomer.email_proof
    assert signed_in(client)


def test_choosing_a_password_signs_in_and_it_works_from_then_on(newcomer: User) -> None:
    client = Client()
    client.get(link_in(mails()[0]))
    assert client.post("/acesso/", BOTH)["Location"] == "/painel/"
    assert client.session["_auth_user_id"] == str(newcomer.pk)
    again = Client()
    sign_in(again, "nina@exemplo.com.br", NEW_PASSWORD)
    assert signed_in(again)


def test_before_that_no_password_leads_in(newcomer: User) -> None:
    for password in ["", "!", str(newcomer.password)]:
        client = Client()
        sign_in(client, str(newcomer.cpf), password)
        assert not signed_in(client)


@pytest.mark.parametrize(("seconds", "opens"), [(-1, True), (0, False)])
def test_the_link_lives_48_hours_to_the_second(newcomer: User, seconds: int, opens: bool) -> None:
    at = timezone.now()
    token = services.invite(newcomer, by=None, at=at)
    when = at + timedelta(hours=48, seconds=seconds)
    if opens:
        services.redeem(token, NEW_PASSWORD, at=when)
    else:
        with pytest.raises(LinkOver):
            services.redeem(token, NEW_PASSWORD, at=when)


def test_it_opens_once_and_a_new_invitation_replaces_it(newcomer: User) -> None:
    services.invite(newcomer, by=None)
    old, new = (link_in(mail) for mail in mails())
    assert Client().get(old).status_code == 410
    client = Client()
    client.get(new)
    client.post("/acesso/", BOTH)
    assert Client().get(new).status_code == 410


def test_who_is_deactivated_meanwhile_does_not_get_in(newcomer: User) -> None:
    services.deactivate(newcomer, by=None)
    assert Client().get(link_in(mails()[0])).status_code == 410


def test_whoever_was_signed_in_before_is_signed_out(newcomer: User, cast: Cast) -> None:
    client = Client()
    sign_in(client, str(cast.bruno.cpf))
    client.get(link_in(mails("nina@exemplo.com.br")[0]))
    client.post("/acesso/", BOTH)
    assert client.session["_auth_user_id"] == str(newcomer.pk)


@pytest.mark.parametrize(
    "data",
    [
        {"password1": NEW_PASSWORD, "password2": "Outra9Senha"},
        {"password1": "Nina2026x", "password2": "Nina2026x"},
    ],
)
def test_two_that_differ_or_one_with_the_own_name_are_refused(
    newcomer: User, data: dict[str, str]
) -> None:
    client = Client()
    client.get(link_in(mails()[0]))
    response = client.post("/acesso/", data)
    assert "field-error" in text(response)
    assert not signed_in(client)
    assert AccessLink.objects.get().used_at is None


def test_staff_who_were_invited_still_need_their_second_factor(
    newcomer: User, settings: LazySettings
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    User.objects.update(is_staff=True)
    client = Client()
    client.get(link_in(mails()[0]))
    response = client.post("/acesso/", BOTH, follow=True)
    assert response.redirect_chain[-1][0] == "/conta/seguranca/"


def test_who_has_no_e_mail_cannot_be_invited(db: None) -> None:
    user = services.create_user(name="Sem Email", cpf=a_cpf())
    with pytest.raises(ValueError):
        services.invite(user, by=None)


def test_a_cpf_or_e_mail_not_valid_or_proven_by_somebody_else_makes_nobody(cast: Cast) -> None:
    now = timezone.now()
    for values in [
        {"cpf": cast.ana.cpf, "cpf_proof": "certificate", "cpf_proven_at": now},
        {"email": str(cast.ana.email).upper(), "email_proof": "link", "email_proven_at": now},
        {"cpf": "11111111111"},
        {},
    ]:
        with pytest.raises(ValidationError):
            services.create_user(name="Outra Pessoa", **values)


def test_what_is_only_typed_may_be_somebody_else_s(cast: Cast) -> None:
    other = services.create_user(
        name="Outra Pessoa", cpf=cast.ana.cpf or "", email=cast.ana.email or ""
    )
    assert (other.cpf_proof, other.email_proof) == ("", "")
    assert User.objects.with_proven_cpf(cast.ana.cpf or "") == cast.ana


def test_what_happened_is_noted_without_name_or_address(newcomer: User) -> None:
    client = Client()
    client.get(link_in(mails()[0]))
    client.post("/acesso/", BOTH)
    events = AuditEvent.objects.filter(target=f"accounts.user:{newcomer.pk}").order_by("sequence")
    assert [e.action for e in events] == [
        "account.created", "account.invited", "account.invitation_redeemed",
        "account.password_changed", "account.login",
    ]  # fmt: skip
    assert "ina" not in str([e.data for e in events])
