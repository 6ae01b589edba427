"""Signing in: who may, with what, and what a stranger learns."""

import pytest
from django.conf import LazySettings
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.captcha import DEVICE_COOKIE
from portal.accounts.models import User
from portal.accounts.services import set_password
from portal.audit.models import AuditEvent
from portal.taxid import format_tax_id
from tests.factories import PASSWORD, Cast
from tests.portal.entrance import code, sign_in, signed_in, text, without_keys

LOGIN = "/entrar/"


def test_a_cpf_with_or_without_mask_an_e_mail_in_any_case_lead_in(cast: Cast) -> None:
    ana = cast.ana
    assert ana.cpf
    assert ana.email
    for login in [ana.cpf, format_tax_id(ana.cpf), f" {ana.email.upper()} "]:
        client = Client()
        response = sign_in(client, login)
        assert response.status_code == 302
        assert response["Location"] == reverse("ui:dashboard")
        assert client.session["_auth_user_id"] == str(ana.pk)


def test_signing_in_leads_to_the_page_that_was_wanted_and_never_off_the_portal(cast: Cast) -> None:
    assert sign_in(Client(), cast.ana.cpf, next="/faturas/")["Location"] == "/faturas/"
    off = sign_in(Client(), cast.ana.cpf, next="https://example.com/")
    assert off["Location"] == reverse("ui:dashboard")


def test_a_wrong_password_an_unknown_login_and_an_inactive_person_read_the_same(cast: Cast) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    tries = [(cast.ana.cpf, "Errada123"), ("52998224725", PASSWORD), (cast.bruno.cpf, PASSWORD),
             ("ninguem@exemplo.com.br", PASSWORD)]  # fmt: skip
    pages = []
    for login, password in tries:
        client = Client()
        response = sign_in(client, login, password)
        assert response.status_code == 200
        assert not signed_in(client)
        pages.append(without_keys(response).replace(login, "LOGIN"))
    assert len(set(pages)) == 1
    assert "Confira o CPF ou e-mail e a senha" in pages[0]


def test_a_page_that_failed_repeats_the_login_and_never_the_password(cast: Cast) -> None:
    page = text(sign_in(Client(), cast.ana.cpf, "Segredo-Errado1"))
    assert f'value="{cast.ana.cpf}"' in page
    assert "Segredo-Errado1" not in page


def test_the_password_is_not_looked_at_when_the_code_is_wrong(cast: Cast) -> None:
    client = Client()
    response = sign_in(client, cast.ana.cpf, captcha_1="?")
    assert "O código não confere com a imagem" in text(response)
    assert not signed_in(client)
    assert not AuditEvent.objects.filter(action__startswith="account.login").exists()


def test_a_code_opens_once(cast: Cast) -> None:
    used = code()
    sign_in(Client(), cast.ana.cpf, **used)
    client = Client()
    assert "O código não confere" in text(sign_in(client, cast.ana.cpf, **used))
    assert not signed_in(client)


def test_the_box_ticked_the_device_is_remembered_for_thirty_days(cast: Cast) -> None:
    client = Client()
    cookie = sign_in(client, cast.ana.cpf, remember_device="on").cookies[DEVICE_COOKIE]
    assert cookie["max-age"] == 30 * 86400
    assert cookie["httponly"]
    client.post(reverse("account_logout"))
    assert "captcha_1" not in text(client.get(LOGIN))
    client.post(LOGIN, {"login": cast.ana.cpf, "password": PASSWORD})
    assert signed_in(client)


def test_without_the_box_nothing_is_remembered(cast: Cast) -> None:
    response = sign_in(Client(), cast.ana.cpf)
    assert DEVICE_COOKIE not in response.cookies


def test_a_failed_login_remembers_nothing_even_with_the_box_ticked(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.ana.cpf, "Errada123", remember_device="on")
    assert DEVICE_COOKIE not in client.cookies
    assert DEVICE_COOKIE not in sign_in(client, cast.ana.cpf).cookies


def test_a_device_is_forgotten_when_the_password_changes(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.ana.cpf, remember_device="on")
    client.post(reverse("account_logout"))
    set_password(cast.ana, "Outra7Senha", at=timezone.now())
    assert "captcha_1" in text(client.get(LOGIN))
    client.post(LOGIN, {"login": cast.ana.cpf, "password": "Outra7Senha"})
    assert not signed_in(client)


def test_a_device_remembered_for_one_person_asks_the_code_of_another(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.ana.cpf, remember_device="on")
    client.post(reverse("account_logout"))
    response = client.post(LOGIN, {"login": cast.bruno.cpf, "password": PASSWORD})
    assert "Digite o código da imagem" in text(response)
    assert not signed_in(client)


@pytest.mark.parametrize("age", [30 * 86400 + 1, None])
def test_a_device_cookie_made_up_or_too_old_counts_for_nothing(
    cast: Cast, age: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    now = time.time()
    client = Client()
    if age is None:
        client.cookies[DEVICE_COOKIE] = signing.dumps(
            {"user": cast.ana.pk, "device": "x"}, salt="other"
        )
    else:
        with monkeypatch.context() as m:
            m.setattr(time, "time", lambda: now - age)
            sign_in(client, cast.ana.cpf, remember_device="on")
        client.post(reverse("account_logout"))
    client.post(LOGIN, {"login": cast.ana.cpf, "password": PASSWORD})
    assert not signed_in(client)


def test_login_and_failure_are_noted_without_cpf_or_e_mail(cast: Cast) -> None:
    sign_in(Client(), cast.ana.cpf, "Errada123")
    sign_in(Client(), "52998224725")
    sign_in(Client(), cast.ana.cpf)
    events = AuditEvent.objects.filter(action__startswith="account.login").order_by("sequence")
    person = f"accounts.user:{cast.ana.pk}"
    assert [(e.action, e.target) for e in events] == [
        ("account.login_failed", person), ("account.login_failed", ""), ("account.login", person),
    ]  # fmt: skip
    assert all(set(e.data) <= {"means"} for e in events)
    assert events[2].actor == cast.ana


def test_the_session_keeps_no_cpf(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.ana.cpf)
    assert str(cast.ana.cpf) not in str(dict(client.session))


def test_signing_out_is_confirmed_first_and_ends_the_session(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.ana.cpf)
    assert "Encerrar a sua sessão" in text(client.get(reverse("account_logout")))
    assert signed_in(client)
    assert client.post(reverse("account_logout"))["Location"] == reverse("site:home")
    assert not signed_in(client)


def test_the_demonstration_says_where_its_logins_are(db: None, settings: LazySettings) -> None:
    assert "terminal" not in text(Client().get(LOGIN))
    settings.DEMO = True
    assert "script/server" in text(Client().get(LOGIN))


def test_the_administration_is_behind_the_same_login(cast: Cast) -> None:
    response = Client().get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/entrar/?next=")
    client = Client()
    sign_in(client, cast.ana.cpf)
    assert client.get("/admin/login/").status_code == 403
