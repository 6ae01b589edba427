"""My profile: the fields of the registration form, and an e-mail that changes by its own inbox."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import AccessLink, User
from portal.audit.models import AuditEvent
from tests.factories import PASSWORD, Cast
from tests.portal.entrance import mail_text, mails, text

ClientOf = Callable[..., Client]
EDIT = "accounts:profile_edit"
WHOLE = {
    "name": "Ana de Souza", "phone": "(31) 3247-5816", "street_type": "Rua", "street": "da Bahia",
    "street_number": "1148", "complement": "sala 5", "district": "Centro", "city": "Belo Horizonte",
    "state": "MG", "postal_code": "30160-011", "country": "Brasil",
}  # fmt: skip


def save(client: Client, **changes: Any) -> Any:
    values = {k: v for k, v in {**WHOLE, **changes}.items() if v is not None}
    return client.post(reverse(EDIT), values)


def test_the_whole_form_is_saved_and_confirmed_after_a_redirect(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    response = save(ana)
    assert response.url == reverse("accounts:profile")
    page = text(ana.get(response.url))
    assert "O seu perfil foi salvo." in page
    assert "Rua da Bahia, 1148, sala 5" in page
    assert "30160-011" in page


def test_the_state_of_the_address_is_no_situation(cast: Cast, client_of: ClientOf) -> None:
    page = text(client_of(cast.ana).get(reverse(EDIT)))
    assert "Estado (UF)" in page
    assert "Situação" not in page


def test_what_changed_is_recorded_by_name_never_by_value(cast: Cast, client_of: ClientOf) -> None:
    save(client_of(cast.ana))
    data = AuditEvent.objects.get(action="account.profile_changed").data
    assert "postal_code" in data["fields"]
    assert "30160" not in str(data)


def test_cpf_and_email_are_not_changed_by_the_form(cast: Cast, client_of: ClientOf) -> None:
    before = (cast.ana.cpf, cast.ana.email)
    save(client_of(cast.ana), cpf="52998224725", email="outra@exemplo.com.br", is_staff="on")
    ana = User.objects.get(pk=cast.ana.pk)
    assert (ana.cpf, ana.email) == before
    assert not ana.is_staff


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"street_number": ""}, "marque “sem número”."),
        ({"no_number": "on"}, "não os dois"),
        ({"postal_code": "3016"}, "CEP no formato 00000-000"),
        ({"phone": "123"}, "Digite o telefone com DDD"),
        ({"phone": ""}, "obrigatório"),
        ({"name": "   "}, "obrigatório"),
        ({"name": "123"}, "Informe o seu nome."),
        ({"state": "XX"}, "Faça uma escolha válida"),
        ({"street_type": "Trilha secreta"}, "Faça uma escolha válida"),
        ({"city": ""}, "Preencha para completar o endereço."),
        ({"postal_code": ""}, "Preencha para completar o endereço."),
    ],
)
def test_bad_input_is_said_and_nothing_is_lost(
    cast: Cast, client_of: ClientOf, changes: dict[str, str], said: str
) -> None:
    response = save(client_of(cast.ana), **changes)
    page = text(response)
    assert response.status_code == 200
    assert said in page
    assert 'value="da Bahia"' in page
    assert not User.objects.get(pk=cast.ana.pk).street


def test_a_house_without_number_is_saved_as_such(cast: Cast, client_of: ClientOf) -> None:
    save(client_of(cast.ana), street_number="", no_number="on")
    ana = User.objects.get(pk=cast.ana.pk)
    assert ana.no_number
    assert "sem número" in ana.address_lines[0]


def test_the_address_may_be_left_out_altogether(cast: Cast, client_of: ClientOf) -> None:
    response = client_of(cast.ana).post(
        reverse(EDIT), {"name": "Ana", "phone": "31999990000", "country": "Brasil"}
    )
    assert response.status_code == 302
    assert User.objects.get(pk=cast.ana.pk).phone == "(31) 99999-0000"


def test_cep_and_phone_are_kept_in_one_shape(cast: Cast, client_of: ClientOf) -> None:
    save(client_of(cast.ana), postal_code="30160011", phone="3132475816")
    ana = User.objects.get(pk=cast.ana.pk)
    assert (ana.postal_code, ana.phone) == ("30160-011", "(31) 3247-5816")


def ask(client: Client, email: str = "nova@exemplo.com.br", password: str = PASSWORD) -> Any:
    return client.post(reverse("accounts:email_change"), {"email": email, "password": password})


def link_to(email: str) -> str:
    found = re.search(r"https?://[^/\s]+(/conta/confirmar-e-mail/\S+)", mail_text(mails(email)[-1]))
    assert found is not None
    return found[1]


def test_an_email_changes_only_when_its_link_is_confirmed(cast: Cast, client_of: ClientOf) -> None:
    ana, before = client_of(cast.ana), cast.ana.email or ""
    ask(ana)
    link = link_to("nova@exemplo.com.br")
    assert "nova@exemplo.com.br" in text(ana.get(link))
    assert User.objects.get(pk=cast.ana.pk).email == before
    response = ana.post(link, follow=True)
    assert "O seu e-mail está confirmado." in text(response)
    assert User.objects.get(pk=cast.ana.pk).email == "nova@exemplo.com.br"
    assert "passou a usar outro e-mail" in mail_text(mails(before)[-1])


def test_the_link_opens_once(cast: Cast, client_of: ClientOf) -> None:
    ana = client_of(cast.ana)
    ask(ana)
    link = link_to("nova@exemplo.com.br")
    ana.post(link)
    for response in (ana.get(link), ana.post(link)):
        assert response.status_code == 410
        assert "não abre mais" in text(response)


def test_the_link_is_of_no_use_to_anybody_else(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    ask(client_of(cast.ana))
    link = link_to("nova@exemplo.com.br")
    assert client_of(cast.bruno).post(link).status_code == 410
    assert client.get(link)["Location"].startswith(reverse("account_login"))
    assert User.objects.get(pk=cast.ana.pk).email == cast.ana.email


def test_the_link_ends_after_a_day_and_with_a_newer_one(cast: Cast, client_of: ClientOf) -> None:
    ana = client_of(cast.ana)
    ask(ana, "primeira@exemplo.com.br")
    ask(ana, "segunda@exemplo.com.br")
    assert ana.get(link_to("primeira@exemplo.com.br")).status_code == 410
    AccessLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ana.get(link_to("segunda@exemplo.com.br")).status_code == 410


def test_the_page_says_the_same_for_an_address_that_is_taken(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    free, taken = ask(ana), ask(ana, cast.bruno.email or "")
    assert (free.status_code, free.url) == (taken.status_code, taken.url)
    assert "já pertence a uma conta" in mail_text(mails(cast.bruno.email or "")[-1])
    assert "confirmar-e-mail" not in mail_text(mails(cast.bruno.email or "")[-1])


def test_an_address_taken_meanwhile_is_not_taken_from_its_owner(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    ask(ana)
    link = link_to("nova@exemplo.com.br")
    User.objects.filter(pk=cast.bruno.pk).update(email="nova@exemplo.com.br")
    assert ana.post(link).status_code == 410
    assert User.objects.get(pk=cast.ana.pk).email == cast.ana.email


def test_a_wrong_password_sends_nothing(cast: Cast, client_of: ClientOf) -> None:
    response = ask(client_of(cast.ana), password="errada")
    assert "Esta não é a sua senha atual." in text(response)
    assert not mails()
    assert PASSWORD not in text(response)


def test_a_recovery_link_mailed_to_the_address_before_no_longer_opens(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    AccessLink.issue(cast.ana, AccessLink.Kind.RECOVERY, hours=1, at=timezone.now())
    ask(ana)
    ana.post(link_to("nova@exemplo.com.br"))
    assert not AccessLink.objects.filter(user=cast.ana, used_at=None).exists()


def test_asking_again_and_again_is_limited(cast: Cast, client_of: ClientOf) -> None:
    cache.clear()
    ana = client_of(cast.ana)
    answers = [ask(ana, f"n{i}@exemplo.com.br").status_code for i in range(7)]
    assert answers == [302] * 5 + [429] * 2
    assert len(mails()) == 5
