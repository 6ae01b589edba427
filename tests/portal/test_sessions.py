"""Where I am signed in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.accounts.services.sessions import KEPT, describe
from portal.audit.models import AuditEvent
from tests.factories import Cast
from tests.portal.entrance import sign_in, signed_in, text

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


def test_the_oldest_of_too_many_sessions_end_at_the_next_login_and_it_is_told(cast: Cast) -> None:
    clients = [a_session(cast.ana) for _i in range(KEPT + 5)]
    rows = UserSession.objects.filter(user=cast.ana)
    for age, row in enumerate(rows.order_by("-pk")):
        rows.filter(pk=row.pk).update(last_seen_at=timezone.now() - timedelta(minutes=age))
    sign_in(newest := Client(), cast.ana.cpf or "")
    assert rows.count() == KEPT
    signed = [client.get(reverse("ui:dashboard")).status_code == 200 for client in clients]
    assert signed == [False] * 6 + [True] * (KEPT - 1)
    assert signed_in(newest)
    event = AuditEvent.objects.get(action="account.oldest_sessions_ended")
    assert event.data["count"] == 6


def test_a_login_costs_no_more_with_hundreds_of_sessions(cast: Cast) -> None:
    def cost(open_sessions: int) -> int:
        for _i in range(open_sessions):
            store = SessionStore()
            store.create()
            UserSession.objects.create(
                user=cast.ana, ip="203.0.113.7", session_key=store.session_key, user_agent=FIREFOX
            )
        with CaptureQueriesContext(connection) as queries:
            sign_in(Client(), cast.ana.cpf or "")
        return len(queries)

    cost(KEPT)  # the first fills caches
    few = cost(KEPT)
    assert cost(300) <= few
