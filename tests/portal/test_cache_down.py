"""Without the cache pages answer, people sign in, and nobody guesses for free."""

import logging
import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCacheClient
from django.test import Client, RequestFactory
from django.urls import reverse

from portal import cache as portal_cache
from portal.accounts import limits
from portal.accounts.models import Try
from portal.cache import PAUSE, CacheDownError, FailOpenRedisCache
from tests.factories import Cast
from tests.portal.entrance import code, sign_in, signed_in
from tests.portal.second_factor import activate_app, code_for

ClientOf = Callable[..., Client]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The circuit's time, which stands still."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(portal_cache, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that the server was asked for."""
    keys: list[str] = []
    real = RedisCacheClient.get

    def get(client: Any, key: str, default: Any) -> Any:
        keys.append(key)
        return real(client, key, default)

    monkeypatch.setattr(RedisCacheClient, "get", get)
    return keys


@pytest.fixture(params=["nobody listens", "it accepts and says nothing"])
def dead(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that does not answer."""
    monkeypatch.setattr(portal_cache, "PATIENCE", 0.05)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param != "nobody listens":
            server.listen()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def no_cache(settings: LazySettings) -> Iterator[None]:
    """The whole portal on a cache to which nobody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        down = {"BACKEND": "portal.cache.FailOpenRedisCache", "LOCATION": address}
        settings.CACHES = {**settings.CACHES, "default": down, "sessions": down}
        yield


def test_a_dead_server_is_asked_once_and_each_call_has_its_answer(
    dead: str, asked: list[str], clock: SimpleNamespace
) -> None:
    cache = FailOpenRedisCache(dead, {})
    assert [cache.get(f"k{number}", "default") for number in range(20)] == ["default"] * 20
    assert len(asked) == 1
    assert cache.get_many(["a"]) == {}
    assert cache.set("a", 1) is None  # type: ignore[func-returns-value]
    assert cache.set_many({"a": 1}) == []
    assert cache.add("a", 1)
    assert not cache.delete("a")
    assert not cache.touch("a")
    assert "a" not in cache
    cache.delete_many(["a"])
    assert not cache.answers()
    for count in (cache.incr, cache.decr):
        with pytest.raises(CacheDownError):
            count("a")


def test_after_each_pause_one_call_asks_again(
    asked: list[str], clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FailOpenRedisCache("redis://127.0.0.1:1/0", {})
    for _pause in range(3):
        cache.get("a")
        cache.get("a")
        clock.now += PAUSE
    assert len(asked) == 3
    monkeypatch.setattr(RedisCacheClient, "get", lambda _client, _key, _default: "found")
    assert [cache.get("a"), cache.get("a")] == ["found", "found"], "it is back for every call"


def test_that_it_is_down_is_logged_once_a_minute(
    clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    cache = FailOpenRedisCache("redis://user:secret@127.0.0.1:1/0", {})
    with caplog.at_level(logging.WARNING):
        for _second in range(61):
            cache.get("a")
            clock.now += 1
    assert caplog.text.count("does not answer") == 2
    assert "secret" not in caplog.text


def test_a_copy_of_a_session_is_good_for_a_minute() -> None:
    from portal.settings import CACHES

    cache = FailOpenRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"longest": 60}})
    assert [cache.get_backend_timeout(seconds) for seconds in (8 * 3600, None, 5)] == [60, 60, 5]
    assert CACHES["sessions"].get("OPTIONS", {}).get("longest", 60) == 60


@pytest.mark.usefixtures("no_cache")
def test_pages_answer_and_sessions_go_on(cast: Cast) -> None:
    browser = Client()
    for path in ("/", reverse("account_login")):
        assert browser.get(path).status_code == 200
    sign_in(browser, cast.ana.cpf or "")
    for _page in range(2):
        assert browser.get(reverse("ui:dashboard")).status_code == 200
    browser.post(reverse("account_logout"))
    assert not signed_in(browser)


@pytest.mark.usefixtures("no_cache")
def test_wrong_passwords_are_counted_in_the_database(cast: Cast) -> None:
    browser = Client()
    login = cast.ana.cpf or ""
    found = [sign_in(browser, login, "Errada123").status_code for _ in range(11)]
    assert found == [200] * 10 + [429]
    other = Client(REMOTE_ADDR="198.51.100.7")
    for _again in range(12):
        sign_in(other, login)
        assert signed_in(other), "a success is taken back"
        other.post(reverse("account_logout"))


@pytest.mark.usefixtures("no_cache")
def test_wrong_second_factors_are_counted_in_the_database(cast: Cast, client_of: ClientOf) -> None:
    activate_app(client_of(cast.ana))
    Try.objects.all().delete()
    browser = Client()
    sign_in(browser, cast.ana.cpf or "")
    wrong = {"code": "000000"}
    found = [browser.post(reverse("mfa_authenticate"), wrong).status_code for _ in range(11)]
    assert found == [200] * 10 + [429]


def test_a_code_of_the_second_factor_is_used_up_also_when_the_cache_forgets(
    cast: Cast, client_of: ClientOf
) -> None:
    typed = code_for(activate_app(client_of(cast.ana)), steps=1)
    answers = []
    for _browser in range(2):
        browser = Client()
        sign_in(browser, cast.ana.cpf or "")
        browser.post(reverse("mfa_authenticate"), {"code": typed})
        answers.append(signed_in(browser))
        caches["default"].clear()
    assert answers == [True, False]


@pytest.mark.usefixtures("no_cache")
@pytest.mark.django_db
def test_where_nothing_is_guessed_nobody_is_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "thing", limits.Limit(1, 600))
    request = RequestFactory().get("/")
    assert [limits.limited(request, "thing") for _ in range(3)] == [False] * 3


@pytest.mark.usefixtures("no_cache")
@pytest.mark.django_db
def test_the_window_of_a_strict_limit_ends_also_in_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr("portal.accounts.limits.time.time", lambda: now)
    monkeypatch.setitem(limits.LIMITS, "thing", limits.Limit(1, 600, strict=True))
    request = RequestFactory().get("/")
    assert [limits.limited(request, "thing") for _ in range(2)] == [False, True]
    now += 600
    assert not limits.limited(request, "thing")
    assert Try.objects.count() == 1, "the old window's row is gone"


def test_what_fails_by_our_own_fault_is_not_counted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_values: object) -> None:
        raise RuntimeError

    monkeypatch.setitem(limits.LIMITS, "recovery", limits.Limit(1, 3600))
    browser = Client(raise_request_exception=False)
    page = {"email": "nina@exemplo.com.br"}
    with monkeypatch.context() as patch:
        patch.setattr("portal.accounts.views.auth.services.request_recovery", broken)
        for _try in range(3):
            assert _recover(browser, page) == 500
    assert _recover(browser, page) == 302
    assert _recover(browser, page) == 429


def _recover(browser: Client, page: dict[str, str]) -> int:
    return browser.post(reverse("account_reset_password"), {**page, **code()}).status_code


@pytest.mark.usefixtures("no_cache")
@pytest.mark.django_db
def test_health_says_that_the_cache_is_down_and_that_pages_are_served() -> None:
    answer = Client().get("/saude/pronto")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "down": ["cache"]})
