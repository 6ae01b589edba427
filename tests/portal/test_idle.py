"""A session that was left alone is over: its person is told why, and comes back to the same page."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import Cast
from tests.portal.entrance import sign_in, signed_in, text


def left_alone(login: str | None, minutes: int) -> Client:
    """A browser in which the person signed in, and did nothing since."""
    browser = Client()
    sign_in(browser, str(login))
    assert signed_in(browser)
    ago = timezone.now() - timedelta(minutes=minutes)
    UserSession.objects.filter(session_key=browser.session.session_key).update(last_seen_at=ago)
    for cache in caches.all():
        cache.clear()  # what says that it was noted within the minute
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


def signed_in_after(browser: Client) -> bool:
    browser.get(reverse("ui:dashboard"))
    return signed_in(browser)
