"""Where I am signed in."""

from collections.abc import Callable

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.accounts.services.sessions import describe
from portal.audit.models import AuditEvent
from tests.factories import Cast
from tests.portal.entrance import text

ClientOf = Callable[..., Client]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
LIST = "usersessions_list"


def a_session(user: object, agent: str = FIREFOX, address: str = "203.0.113.7") -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.force_login(user)  # type: ignore[arg-type]
    client.get(reverse(LIST))
    return client


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox em Windows"),
        (IPHONE, "Safari em iPhone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
            "Chrome em Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge em Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36", "Chrome em Android"),
        ("curl/8.5", "Dispositivo desconhecido"),
        ("", "Dispositivo desconhecido"),
    ],
)
def test_a_device_is_named_in_plain_words(agent: str, said: str) -> None:
    assert describe(agent) == said


def test_the_list_shows_each_device_and_marks_this_one(cast: Cast) -> None:
    a_session(cast.ana, IPHONE, "198.51.100.9")
    page = text(a_session(cast.ana).get(reverse(LIST)))
    assert "Safari em iPhone" in page
    assert "198.51.100.9" in page
    assert page.index("Esta") < page.index("Safari em iPhone")


def test_another_session_can_be_ended_and_is_out_at_once(cast: Cast) -> None:
    phone, here = a_session(cast.ana, IPHONE), a_session(cast.ana)
    row = UserSession.objects.get(user=cast.ana, user_agent=IPHONE)
    here.post(reverse("accounts:session_end", args=[row.pk]))
    assert phone.get(reverse("ui:dashboard")).status_code == 302
    assert here.get(reverse("ui:dashboard")).status_code == 200
    assert AuditEvent.objects.filter(action="account.session_ended").count() == 1


def test_nobody_ends_somebody_elses_session_nor_learns_of_it(cast: Cast) -> None:
    bruno, ana = a_session(cast.bruno), a_session(cast.ana)
    row = UserSession.objects.get(user=cast.bruno)
    assert ana.post(reverse("accounts:session_end", args=[row.pk])).status_code == 404
    assert bruno.get(reverse("ui:dashboard")).status_code == 200


def test_the_current_session_is_ended_by_signing_out_only(cast: Cast) -> None:
    here = a_session(cast.ana)
    row = UserSession.objects.get(user=cast.ana)
    assert here.post(reverse("accounts:session_end", args=[row.pk])).status_code == 404


def test_all_the_others_can_be_ended(cast: Cast) -> None:
    others = [a_session(cast.ana, IPHONE), a_session(cast.ana, "curl/8.5")]
    here = a_session(cast.ana)
    response = here.post(reverse(LIST), follow=True)
    assert "2 outras sessões foram encerradas" in text(response)
    assert all(other.get(reverse("ui:dashboard")).status_code == 302 for other in others)


def test_sessions_that_a_new_password_ended_are_not_listed(cast: Cast) -> None:
    a_session(cast.ana, IPHONE)
    cast.ana.set_password("Outra7Senha")
    cast.ana.save()
    page = text(a_session(cast.ana).get(reverse(LIST)))
    assert "iPhone" not in page
    assert UserSession.objects.filter(user=cast.ana).count() == 1


def test_activity_is_noted_once_a_minute_not_at_every_page(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    here = a_session(cast.ana)
    row = UserSession.objects.get(user=cast.ana)
    here.get(reverse(LIST))
    assert UserSession.objects.get(pk=row.pk).last_seen_at == row.last_seen_at


def test_the_list_costs_the_same_with_many_sessions(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    here = a_session(cast.ana)
    counts = []
    for more in (1, 12):
        for _ in range(more):
            a_session(cast.ana, IPHONE)
        with django_assert_max_num_queries(5) as seen:
            here.get(reverse(LIST))
        counts.append(len(seen))
    assert counts[0] == counts[1]
