"""Limits stop who guesses, and never let a stranger lock a known person out."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.accounts import limits
from portal.accounts.models import User
from portal.taxid import format_tax_id
from tests.factories import PASSWORD, Cast
from tests.portal.entrance import sign_in, signed_in, text

STRANGER, OWNER = "203.0.113.5", "198.51.100.7"


def _fail(cast: Cast, times: int, login: str = "", **values: str) -> list[int]:
    client = Client(REMOTE_ADDR=STRANGER)
    login = login or str(cast.ana.cpf)
    return [sign_in(client, login, "Errada123", **values).status_code for _ in range(times)]


def test_after_ten_failures_an_address_waits_for_this_login(cast: Cast) -> None:
    assert _fail(cast, 11) == [200] * 10 + [429]
    response = sign_in(Client(REMOTE_ADDR=STRANGER), str(cast.ana.cpf))
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 600
    assert "tentativas" in text(response)


def test_a_mask_or_another_case_is_no_way_round(cast: Cast) -> None:
    _fail(cast, 10)
    assert _fail(cast, 1, format_tax_id(str(cast.ana.cpf))) == [429]
    _fail(cast, 10, str(cast.bruno.email))
    assert _fail(cast, 1, str(cast.bruno.email).upper()) == [429]


def test_a_stranger_does_not_lock_the_owner_out(cast: Cast) -> None:
    _fail(cast, 15)
    owner = Client(REMOTE_ADDR=OWNER)
    sign_in(owner, str(cast.ana.cpf))
    assert signed_in(owner)


def test_on_a_remembered_device_not_even_somebody_at_the_same_address_does(cast: Cast) -> None:
    owner = Client(REMOTE_ADDR=STRANGER)
    sign_in(owner, str(cast.ana.cpf), remember_device="on")
    owner.post(reverse("account_logout"))
    _fail(cast, 15)
    owner.post(reverse("account_login"), {"login": cast.ana.cpf, "password": PASSWORD})
    assert signed_in(owner)


def test_a_remembered_device_does_not_guess_without_end_either(cast: Cast) -> None:
    thief = Client(REMOTE_ADDR=STRANGER)
    sign_in(thief, str(cast.ana.cpf), remember_device="on")
    thief.post(reverse("account_logout"))
    data = {"login": cast.ana.cpf, "password": "Errada123"}
    found = [thief.post(reverse("account_login"), data).status_code for _ in range(11)]
    assert found == [200] * 10 + [429]


def test_an_address_that_tries_many_logins_waits_for_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.LIMITS, "login-address", limits.Limit(5, 600))
    users = User.objects.exclude(cpf=None)[:6]
    found = [_fail(cast, 1, str(user.cpf))[0] for user in users]
    assert found == [200] * 5 + [429]


def test_people_who_sign_in_rightly_are_not_counted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.LIMITS, "login-address", limits.Limit(3, 600))
    for _ in range(5):
        client = Client(REMOTE_ADDR=STRANGER)
        sign_in(client, str(cast.ana.cpf))
        assert signed_in(client)


def test_a_wrong_code_is_no_failure_of_the_password(cast: Cast) -> None:
    assert _fail(cast, 12, captcha_1="?") == [200] * 12
    client = Client(REMOTE_ADDR=STRANGER)
    sign_in(client, str(cast.ana.cpf))
    assert signed_in(client)


def test_the_wait_is_over_with_its_window(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr("portal.accounts.limits.time.time", lambda: now)
    request = RequestFactory().get("/", REMOTE_ADDR=STRANGER)
    monkeypatch.setitem(limits.LIMITS, "thing", limits.Limit(1, 600))
    assert [limits.limited(request, "thing") for _ in range(3)] == [False, True, True]
    now += 600
    assert not limits.limited(request, "thing")


@pytest.mark.state
def test_what_was_forgiven_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "thing", limits.Limit(1, 600))
    request = RequestFactory().get("/", REMOTE_ADDR=STRANGER)
    assert not limits.limited(request, "thing")
    limits.forgive(request, "thing")
    assert not limits.limited(request, "thing")
    assert limits.limited(request, "thing")


def test_only_what_our_own_proxies_wrote_tells_the_address(settings: object) -> None:
    from portal.requests import client_ip

    headers = {"X-Forwarded-For": "1.1.1.1, 2.2.2.2, 3.3.3.3"}
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers=headers)
    for hops, address in [(0, "10.0.0.1"), (1, "3.3.3.3"), (2, "2.2.2.2"), (9, "10.0.0.1")]:
        settings.TRUSTED_PROXIES = hops  # type: ignore[attr-defined]
        assert client_ip(request) == address
