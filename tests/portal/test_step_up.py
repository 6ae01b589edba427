"""Before what could hand an account to somebody else, one proves again who one is."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.provider.models import ContactDesk
from tests.factories import PASSWORD, Cast, a_cpf, make_user
from tests.portal.certificate_entry import (
    client_with,
    e_cpf,
    entrance,  # noqa: F401 - a fixture
)
from tests.portal.entrance import mail_text, mails, sign_in, text
from tests.portal.second_factor import activate_app, code_for, confirm_identity

BY_PASSWORD, BY_CODE = "/conta/confirmar-identidade/", "/conta/confirmar-identidade/codigo/"


def act(cast: Cast, name: str) -> str:
    return reverse("admin:accounts_user_act", args=[cast.ana.pk, name])


def at(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def prove(browser: Client, asked: Any, **proof: str) -> Any:
    """Give what the page asks for; the answer after it."""
    assert asked.status_code == 302
    assert asked.url.startswith("/conta/confirmar-identidade/")
    page = browser.get(asked.url)
    assert "Confirme que é você" in text(page)
    return browser.post(asked.url, proof or {"password": PASSWORD})


def addresses(cast: Cast) -> dict[str, str]:
    return {
        "provisional password": act(cast, "senha-provisoria"),
        "second factor": act(cast, "segunda-etapa"),
        "CPF seen in person": reverse("admin:accounts_user_in_person", args=[with_typed_cpf().pk]),
        "signing key": reverse("admin:certificates_signingcertificate_add"),
        "provider": reverse("admin:provider_provider_change", args=[cast.provider.pk]),
    }


def with_typed_cpf() -> User:
    return make_user("Rita Paz", typed=True)


def test_each_page_asks_before_it_is_shown_and_comes_back_to_it(cast: Cast) -> None:
    for what, address in addresses(cast).items():
        browser = at(cast.admin)
        asked = browser.get(address)
        assert prove(browser, asked).url == address, what
        assert browser.get(address).status_code == 200, what


@pytest.mark.both
def test_what_was_sent_without_a_proof_is_done_after_it_once(cast: Cast) -> None:
    browser, hashed = at(cast.atendente), cast.ana.password
    asked = browser.post(act(cast, "senha-provisoria"))
    cast.ana.refresh_from_db()
    assert cast.ana.password == hashed
    shown = prove(browser, asked)
    assert 'class="once"' in text(shown)
    cast.ana.refresh_from_db()
    assert cast.ana.must_change_password
    assert AuditEvent.objects.filter(action="account.provisional_password").count() == 1


@pytest.mark.both
@pytest.mark.parametrize("query", ["", "?_changelist_filters=q%3Dana"])
def test_a_form_that_was_interrupted_keeps_what_was_typed(cast: Cast, query: str) -> None:
    group = Group.objects.get(name="Faturamento")
    person, browser = cast.atendente, at(cast.admin)
    address = reverse("admin:accounts_user_change", args=[person.pk]) + query
    typed = {
        "name": "Teresa Renomeada", "cpf": person.cpf, "email": person.email, "is_staff": "on",
        "groups": [group.pk], "country": "Brasil",
    }  # fmt: skip
    asked = browser.post(address, typed)
    person.refresh_from_db()
    assert person.name != "Teresa Renomeada"
    assert prove(browser, asked).status_code == 302
    person.refresh_from_db()
    assert person.name == "Teresa Renomeada"
    assert list(person.groups.all()) == [group]


def test_a_change_that_hands_nothing_over_asks_nothing(cast: Cast) -> None:
    data = {"name": cast.ana.name, "cpf": cast.ana.cpf, "email": cast.ana.email, "phone": ""}
    browser = at(cast.atendente)
    browser.post(
        reverse("admin:accounts_user_change", args=[cast.ana.pk]), {**data, "city": "Ouro Preto"}
    )
    cast.ana.refresh_from_db()
    assert cast.ana.city == "Ouro Preto"


def test_where_access_requests_go_is_changed_and_deleted_only_with_a_proof(cast: Cast) -> None:
    desk = ContactDesk.objects.create(
        topic="access", name="Cadastro", phone="", email="cadastro@exemplo.com.br"
    )
    change = reverse("admin:provider_contactdesk_change", args=[desk.pk])
    typed = {"topic": "access", "name": "Cadastro", "email": "outro@exemplo.com.br"}
    browser = at(cast.admin)
    asked = browser.post(change, typed)
    desk.refresh_from_db()
    assert desk.email == "cadastro@exemplo.com.br"
    prove(browser, asked)
    desk.refresh_from_db()
    assert desk.email == "outro@exemplo.com.br"
    browser = at(cast.admin)
    delete = reverse("admin:provider_contactdesk_delete", args=[desk.pk])
    asked = browser.post(delete, {"post": "yes"})
    assert ContactDesk.objects.filter(pk=desk.pk).exists()
    prove(browser, asked)
    assert not ContactDesk.objects.filter(pk=desk.pk).exists()
    assert AuditEvent.objects.filter(action="provider.desk_deleted").count() == 1


@pytest.mark.both
@pytest.mark.parametrize("field", ["email", "cpf"])
def test_what_somebody_signs_in_with_is_changed_only_with_a_proof_and_told_where_they_were(
    cast: Cast, field: str
) -> None:
    before, new = str(cast.ana.email), {"email": "outra@exemplo.com.br", "cpf": a_cpf()}[field]
    person = {"name": cast.ana.name, "cpf": cast.ana.cpf, "email": before, "country": "Brasil"}
    browser = at(cast.atendente)
    address = reverse("admin:accounts_user_change", args=[cast.ana.pk])
    asked = browser.post(address, {**person, field: new})
    cast.ana.refresh_from_db()
    assert getattr(cast.ana, field) != new
    assert not mails(before)
    prove(browser, asked)
    cast.ana.refresh_from_db()
    assert getattr(cast.ana, field) == new
    [told] = mails(before)
    assert {"email": "outro e-mail", "cpf": "alterou o CPF"}[field] in mail_text(told)
    assert new not in mail_text(told)


def test_a_group_and_a_superuser_are_changed_only_with_a_proof(cast: Cast) -> None:
    group, browser = Group.objects.get(name="Faturamento"), at(cast.admin)
    address = reverse("admin:auth_group_change", args=[group.pk])
    asked = browser.post(address, {"name": "Cobrança", "permissions": []})
    assert Group.objects.filter(name="Faturamento").exists()
    prove(browser, asked)
    assert Group.objects.filter(name="Cobrança").exists()
    other = at(cast.admin)
    asked = other.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
    assert Group.objects.filter(pk=group.pk).exists()
    prove(other, asked)
    assert not Group.objects.filter(pk=group.pk).exists()


def test_with_a_second_factor_the_password_is_not_enough(cast: Cast) -> None:
    secret = activate_app(at(cast.admin))
    browser = at(cast.admin)
    asked: Any = browser.get(act(cast, "segunda-etapa"))
    assert asked.url.startswith(BY_CODE)
    refused: Any = browser.post(BY_PASSWORD, {"password": PASSWORD})
    assert refused.url.startswith(BY_CODE)
    assert browser.get(act(cast, "segunda-etapa")).status_code == 302
    assert "senha" not in text(browser.get(asked.url)).partition("Outra forma")[2][:600]
    prove(browser, asked, code=code_for(secret, steps=1))
    assert browser.get(act(cast, "segunda-etapa")).status_code == 200


def test_a_proof_holds_for_some_minutes(cast: Cast, monkeypatch, settings) -> None:
    browser = at(cast.admin)
    confirm_identity(browser)
    now = time.time()
    settings.STEP_UP_MINUTES = 7
    for minutes, status in ((6, 200), (8, 302)):
        monkeypatch.setattr(time, "time", lambda at=now + minutes * 60: at)
        assert browser.get(act(cast, "senha-provisoria")).status_code == status
        monkeypatch.undo()


def test_a_login_a_moment_ago_is_a_proof(cast: Cast) -> None:
    browser = Client()
    sign_in(browser, str(cast.atendente.cpf))
    assert browser.get(act(cast, "senha-provisoria")).status_code == 200


@pytest.mark.usefixtures("entrance")
def test_a_login_with_a_certificate_is_a_proof_and_the_way_for_who_has_nothing_else(
    cast: Cast, monkeypatch
) -> None:
    cast.admin.set_unusable_password()
    cast.admin.save()
    browser = client_with(e_cpf(str(cast.admin.cpf)))
    assert browser.get(act(cast, "senha-provisoria")).status_code == 200
    late = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: late)
    page = browser.get(act(cast, "senha-provisoria"))
    assert page.status_code == 403
    assert "entre de novo com seu certificado" in text(page)


def test_a_file_and_its_password_are_not_put_aside(cast: Cast) -> None:
    browser = at(cast.admin)
    sent = {"label": "A1", "password": "segredo-do-pfx", "pfx": SimpleUploadedFile("a.pfx", b"x")}
    asked: Any = browser.post(reverse("admin:certificates_signingcertificate_add"), sent)
    assert "segredo-do-pfx" not in str(dict(browser.session))
    assert "preencha o formulário de novo" in text(browser.get(asked.url))
    after = prove(browser, asked)
    assert after.url == reverse("admin:certificates_signingcertificate_add")


def test_the_owner_is_told_that_a_provisional_password_was_made(cast: Cast) -> None:
    browser = at(cast.atendente)
    confirm_identity(browser)
    page = text(browser.post(act(cast, "senha-provisoria")))
    password = page.partition('class="once"><code>')[2].partition("<")[0]
    told = mail_text(mails(str(cast.ana.email))[-1])
    assert "senha provisória" in told
    assert password
    assert password not in told
