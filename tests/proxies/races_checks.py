"""Checks of accesses: what is done once; see ``races``."""

from datetime import timedelta

from django.test import RequestFactory
from django.utils import timezone

from proxies.models import LoginPage, Proxy
from proxies.services import checks
from tests.factories import Cast
from tests.factories.proxies import make_proxy
from tests.proxies.agency import agree
from tests.racing import Race, Work

_S = "proxies.services.checks"


def access_of_an_agency_that_is_down(cast: Cast) -> Proxy:
    """Nothing listens there, and nothing is sent."""
    proxy = make_proxy(cast.office, at=timezone.now())
    LoginPage.objects.create(
        agency=proxy.agency, address="https://127.0.0.1:9/", login_field="u", password_field="s",
        opened_texts="sim", refused_texts="no",
    )  # fmt: skip
    return proxy


def _agreed(cast: Cast) -> Proxy:
    proxy = access_of_an_agency_that_is_down(cast)
    agree(proxy)
    return proxy


def _ask(cast: Cast) -> Work:
    proxy, at, request = (
        access_of_an_agency_that_is_down(cast),
        timezone.now(),
        RequestFactory().post("/"),
    )
    request.user = cast.carla
    return lambda: checks.ask(
        Proxy.objects.get(pk=proxy.pk), host="127.0.0.1:9", by=cast.carla, at=at, request=request
    )


def _due(cast: Cast) -> Work:
    _agreed(cast)
    at = timezone.now()
    return lambda: checks.enqueue_due(at=at)


def _run(cast: Cast) -> Work:
    proxy, at = _agreed(cast), timezone.now() + timedelta(minutes=1)
    return lambda: checks.run(Proxy.objects.get(pk=proxy.pk), by=None, at=at)


RACES = [
    Race(name="ask-for-check", prepare=_ask, services={f"{_S}.ask"},
         leaves={"outbox.Entry": 1, "audit.AuditEvent": 1, "proxies.CheckState": 1}),
    Race(name="checks-due", prepare=_due, services={f"{_S}.enqueue_due"},
         leaves={"outbox.Entry": 1}),
    Race(name="run-check", prepare=_run, services={f"{_S}._lease", f"{_S}._conclude"},
         leaves={"proxies.Check": 1}),
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {
    "after one conditional step: of two that find a dead run one gives it back": {
        f"{_S}._note_dead"
    },
    "the key of the mail is the values that were sent, and the person": {f"{_S}._tell_keepers"},
    "one to one with the access, whose row is locked": {"proxies.services.sent._state"},
}
