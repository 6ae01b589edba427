"""A provisional password opens once and leads to one page; staff need a second factor."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import User
from tests.factories import PASSWORD, Cast
from tests.portal.entrance import NEW_PASSWORD, sign_in, signed_in, text

CHANGE = "/altera-senha/"


def provisional(user: User) -> str:
    return services.issue_provisional_password(user, by=None, at=timezone.now())


def test_it_leads_to_altera_senha_and_nowhere_else(cast: Cast) -> None:
    client = Client()
    password = provisional(cast.ana)
    response = sign_in(client, str(cast.ana.cpf), password, next="/faturas/")
    assert response.status_code == 302
    for path in [
        "/painel/",
        "/conta/perfil/",
        "/conta/seguranca/",
        "/solicitar-acesso/",
        "/admin/",
    ]:
        assert client.get(path)["Location"] == CHANGE
        assert client.post(path)["Location"] == CHANGE
    assert "senha provisória" in text(client.get(CHANGE))


def test_the_way_out_and_the_public_pages_stay_open(cast: Cast) -> None:
    client = Client()
    sign_in(client, str(cast.ana.cpf), provisional(cast.ana))
    assert client.get("/sair/").status_code == 200
    for name in ["site:privacy", "site:contact", "site:accent"]:
        from django.urls import reverse

        assert client.get(reverse(name)).status_code == 200


def test_an_htmx_request_is_sent_there_as_a_whole_page(cast: Cast) -> None:
    client = Client()
    sign_in(client, str(cast.ana.cpf), provisional(cast.ana))
    assert client.get("/painel/", headers={"HX-Request": "true"})["HX-Redirect"] == CHANGE


def test_with_an_own_password_everything_opens(cast: Cast) -> None:
    client, password = Client(), provisional(cast.ana)
    sign_in(client, str(cast.ana.cpf), password)
    data = {"oldpassword": password, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert "Alteração feita com sucesso" in text(client.post(CHANGE, data, follow=True))
    assert client.get("/painel/").status_code == 200
    cast.ana.refresh_from_db()
    assert not cast.ana.must_change_password


def test_the_provisional_one_is_not_kept_as_the_own(cast: Cast) -> None:
    client, password = Client(), provisional(cast.ana)
    sign_in(client, str(cast.ana.cpf), password)
    data = {"oldpassword": password, "password1": password, "password2": password}
    assert "diferente da atual" in text(client.post(CHANGE, data))


def test_it_opens_once(cast: Cast) -> None:
    password = provisional(cast.ana)
    first, second = Client(), Client()
    sign_in(first, str(cast.ana.cpf), password)
    assert signed_in(first)
    response = sign_in(second, str(cast.ana.cpf), password)
    assert not signed_in(second)
    assert "A senha provisória vale uma única vez" in text(response)


def test_of_two_at_once_one_gets_in(cast: Cast) -> None:
    provisional(cast.ana)
    at = timezone.now()
    assert services.spend_provisional(cast.ana, at=at)
    assert not services.spend_provisional(cast.ana, at=at)


@pytest.mark.parametrize(("seconds", "over"), [(-1, False), (0, True), (1, True)])
def test_it_ends_after_48_hours_to_the_second(cast: Cast, seconds: int, over: bool) -> None:
    at = timezone.now()
    services.issue_provisional_password(cast.ana, by=None, at=at)
    assert cast.ana.provisional_is_over(at + timedelta(hours=48, seconds=seconds)) is over


def test_unused_and_expired_it_does_not_open(cast: Cast) -> None:
    password = provisional(cast.ana)
    User.objects.update(provisional_until=timezone.now())
    client = Client()
    sign_in(client, str(cast.ana.cpf), password)
    assert not signed_in(client)


def test_issuing_one_ends_sessions_and_the_password_before(cast: Cast) -> None:
    client = Client()
    sign_in(client, str(cast.ana.cpf))
    provisional(cast.ana)
    assert client.get("/painel/").status_code == 302
    again = Client()
    sign_in(again, str(cast.ana.cpf), PASSWORD)
    assert not signed_in(again)


def test_staff_are_sent_to_set_a_second_factor_up_where_it_is_required(
    cast: Cast, settings: LazySettings
) -> None:
    client = Client()
    client.force_login(cast.faturista)
    assert client.get("/painel/").status_code == 200
    settings.STAFF_MFA_REQUIRED = True
    assert client.get("/painel/")["Location"] == "/conta/seguranca/"
    assert client.get("/equipe/acessos/")["Location"] == "/conta/seguranca/"
    assert client.get("/admin/")["Location"] == "/conta/seguranca/"
    assert client.get("/conta/seguranca/").status_code == 200
    assert client.get("/sair/").status_code == 200


def test_clients_are_not(cast: Cast, settings: LazySettings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    client = Client()
    client.force_login(cast.ana)
    assert client.get("/painel/").status_code == 200
