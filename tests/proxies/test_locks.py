"""What waits for what: a new value and a check of the same access end both."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from proxies.models import Proxy, SecretValue
from proxies.services import checks, life
from proxies.services.life import NewValues, ProxyData
from tests.factories import Cast
from tests.proxies.agency import agree
from tests.proxies.races_checks import access_of_an_agency_that_is_down
from tests.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
HALF_A_SECOND = 0.5


def meeting(work: Callable[[], object], barrier: threading.Barrier, before: str) -> object:
    """``work``, which waits once for the other one before a statement with these words in it."""
    waited = False

    def wait(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal waited
        if before in sql and not waited:
            waited = True
            with suppress(threading.BrokenBarrierError):
                barrier.wait(timeout=HALF_A_SECOND)
        return execute(sql, *rest)

    with connection.execute_wrapper(wait):
        return work()


def test_a_new_password_set_while_the_old_one_is_checked_and_neither_fails(cast: Cast):
    proxy = access_of_an_agency_that_is_down(cast)
    agree(proxy)
    at, barrier = timezone.now() + timedelta(minutes=1), threading.Barrier(2)
    data = ProxyData(agency=proxy.agency, kind=proxy.kind, name=proxy.name, holder=proxy.holder)
    values = NewValues(secrets={SecretValue.Field.PASSWORD: b"outra-senha-9"})
    outcomes = at_once(
        lambda: meeting(
            lambda: life.change(proxy, data, values, by=cast.carla, at=at),
            barrier, 'UPDATE "proxies_checkstate"',
        ),
        lambda: meeting(
            lambda: checks.run(Proxy.objects.get(pk=proxy.pk), by=None, at=at),
            barrier, "pg_advisory_xact_lock",
        ),
    )  # fmt: skip
    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert proxy.values.filter(field=SecretValue.Field.PASSWORD).count() == 2
