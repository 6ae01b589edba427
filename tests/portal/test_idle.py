"""A session that was left alone is over: its person is told why, and comes back to the same page."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.activity import UNATTENDED
from tests.factories import Cast
from tests.portal.entrance import sign_in, signed_in, text


def left_alone(login: str | None, minutes: int) -> Client:
    """A browser in which the person signed in, and did nothing since."""
    browser = Client()
    sign_in(browser, str(login))
    assert signed_in(browser)
    ago = timezone.now() - timedelta(minutes=minutes)
    UserSession.objects.filter(session_key=browser.session.session_key).update(last_seen_at=ago)
    clear_caches()  # what says that it was noted within the minute
    return browser


@pytest.mark.both
def test_after_the_time_one_is_told_why_and_comes_back_to_the_same_page(cast: Cast) -> None:
    page = reverse("accounts:profile") + "?x=1"
    browser = left_alone(cast.ana.cpf, 241)
    answer = browser.get(page, follow=True)
    assert not signed_in(browser)
    assert "mais de 240 minutos sem usar o portal" in text(answer)
    [(address, _status)] = answer.redirect_chain
    assert sign_in(browser, str(cast.ana.cpf), next=page).url == page
    assert address == f"{reverse('account_login')}?next=/conta/perfil/%3Fx%3D1"


def test_within_the_time_nothing_happens_and_the_time_begins_anew(cast: Cast) -> None:
    browser = left_alone(cast.ana.cpf, 239)
    assert browser.get(reverse("accounts:profile")).status_code == 200
    assert UserSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


def test_staff_have_less_time(cast: Cast, settings) -> None:
    settings.STAFF_MFA_REQUIRED = False
    assert not signed_in_after(left_alone(cast.atendente.cpf, 61))
    assert signed_in_after(left_alone(cast.ana.cpf, 61))


def test_without_the_setting_a_session_lasts_its_hours(cast: Cast, settings) -> None:
    settings.SESSION_IDLE_MINUTES = 0
    assert signed_in_after(left_alone(cast.ana.cpf, 400))


@pytest.mark.parametrize("htmx", [False, True])
def test_what_was_sent_from_a_page_leads_back_to_that_page(cast: Cast, htmx: bool) -> None:
    browser = left_alone(cast.ana.cpf, 300)
    page = "http://testserver/conta/perfil/alterar/"
    headers = {"HX-Request": "true", "HX-Current-URL": page} if htmx else {"Referer": page}
    answer = browser.post(reverse("reminders:dismiss"), {"key": "x"}, headers=headers)
    target = answer["HX-Redirect"] if htmx else answer["Location"]
    assert target == f"{reverse('account_login')}?next=/conta/perfil/alterar/"


BY_ITSELF = {"HX-Request": "true", "X-Unattended": "1"}


def test_a_page_that_asks_by_itself_keeps_no_session_alive(cast: Cast) -> None:
    browser = left_alone(cast.ana.cpf, 239)
    assert browser.get(reverse("accounts:profile"), headers=BY_ITSELF).status_code == 200
    assert UserSession.objects.get().last_seen_at < timezone.now() - timedelta(minutes=238)
    late = left_alone(cast.ana.cpf, 241)
    answer = late.get(reverse("accounts:profile"), headers=BY_ITSELF)
    assert answer["HX-Redirect"].startswith(reverse("account_login"))
    assert not signed_in(late)


def test_what_a_person_does_between_two_questions_of_a_page_counts(cast: Cast) -> None:
    browser = left_alone(cast.ana.cpf, 239)
    browser.get(reverse("accounts:profile"), headers=BY_ITSELF)
    browser.get(reverse("accounts:profile"))
    assert UserSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


def test_each_page_that_asks_again_and_again_says_that_nobody_is_there() -> None:
    polls = re.compile(r"<[^>]*hx-trigger=\"[^\"]*every [^>]*>")
    found = [
        (str(file), tag)
        for file in (django_settings.BASE_DIR / "templates").rglob("*.html")
        for tag in polls.findall(file.read_text())
    ]
    assert found
    assert [file for file, tag in found if f'"{UNATTENDED}": "1"' not in tag] == []


@contextmanager
def unwritable() -> Iterator[None]:
    """A database that can only be read, as on a full disk."""

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            raise OperationalError("attempt to write a readonly database")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


def clear_caches() -> None:
    for cache in caches.all():
        cache.clear()


def test_who_works_while_the_database_cannot_be_written_stays_signed_in(cast: Cast) -> None:
    browser = left_alone(cast.ana.cpf, 239)
    with unwritable():
        assert browser.get(reverse("accounts:profile")).status_code == 200
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(minutes=300))
    clear_caches()
    with unwritable():
        assert browser.get(reverse("accounts:profile")).status_code == 200
    assert signed_in_after(browser)


def test_what_the_cookie_says_is_of_one_session_and_of_its_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, other = left_alone(cast.ana.cpf, 239), left_alone(cast.bruno.cpf, 241)
    with unwritable():
        browser.get(reverse("accounts:profile"))
    name = django_settings.ACTIVITY_COOKIE_NAME
    other.cookies[name] = browser.cookies[name].value
    assert not signed_in_after(other)
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(minutes=300))
    clear_caches()
    late = time.time() + 241 * 60
    monkeypatch.setattr(time, "time", lambda: late)
    assert not signed_in_after(browser)


def test_who_left_a_session_alone_is_let_go_of_although_nothing_can_be_written(cast: Cast) -> None:
    browser = left_alone(cast.ana.cpf, 241)
    cookies = browser.cookies.output()
    with unwritable():
        assert browser.get(reverse("accounts:profile")).status_code == 302
        browser.cookies.load(cookies)  # who kept the cookie gets no further
        assert browser.get(reverse("accounts:profile")).status_code == 302


def signed_in_after(browser: Client) -> bool:
    browser.get(reverse("ui:dashboard"))
    return signed_in(browser)
