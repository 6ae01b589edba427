"""The demonstration's office: forty accesses over all states, its people, downloads; made once."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.utils import timezone

from portal.accounts.models import User
from portal.demo import services as demo_services
from portal.municipalities.models import Municipality
from proxies import demo, demo_agency
from proxies.demo_agency import DemoAgency
from proxies.demo_plans import PLANS, SEEN
from proxies.models import (
    Check,
    Disclosure,
    Download,
    HeldCertificate,
    Proxy,
    State,
    offices_open_to,
)
from proxies.services import checks
from proxies.services.values import current_values, open_value
from tests.proxies.agency import agency, agree, tls_files

__all__ = ["agency", "tls_files"]

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


# What the demonstration's agency says of the accesses that can be checked there.
ANSWERS = {
    "ACESSO DEMONSTRAÇÃO": "opened", "ACESSO DEMONSTRAÇÃO SENHA ERRADA": "refused",
    "ACESSO DEMONSTRAÇÃO SENHA VENCIDA": "expired", "ACESSO DEMONSTRAÇÃO PORTAL NOVO": "unclear",
    "CÓDIGO DEMONSTRAÇÃO OTACÍLIO": "opened",
}  # fmt: skip


def _catalogue() -> None:
    """The agencies that a migration brings: gone after any test that empties the tables."""
    municipality = {"name": "São Paulo", "state": "SP"}
    Municipality.objects.get_or_create(pk=3550308, defaults=municipality)
    import_module("proxies.migrations.0002_agencies").fill(apps, None)


def test_the_office_has_forty_accesses_over_all_states_once(
    settings: LazySettings, tmp_path, agency
):
    _catalogue()
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    told: list[str] = []
    world = demo_services._people_and_companies(
        at=timezone.now(), tell=told.append, ages=(2,), processes=1
    )
    demo.load(world)
    demo.load(world)
    today = timezone.localdate(world.at)
    proxies = list(Proxy.objects.select_related("office", "agency"))
    assert len(proxies) == len(PLANS) == 40
    assert {proxy.state(today) for proxy in proxies} == set(State)
    assert {proxy.kind for proxy in proxies} == {"login", "code", "certificate"}
    assert {proxy.agency.sphere for proxy in proxies} == {"federal", "state", "municipal"}
    days = {plan.name: plan.days for plan in PLANS if plan.days is not None}
    shown = {p.name: (p.ends_on - today).days for p in proxies if p.name in days}
    assert shown == days
    unknown = [p for p in proxies if not p.end_is_known and p.status == Proxy.Status.ACTIVE]
    assert {p.ends_on < today for p in unknown} == {True, False}
    assert Proxy.objects.for_former_clients(today).count() == 2
    assert HeldCertificate.objects.filter(not_after__gt=world.at).exists()
    assert Disclosure.objects.count() == len(SEEN)
    left = User.objects.get(name="Paulo Teles")
    assert not left.is_active
    assert Disclosure.objects.filter(user=left).exists()
    carla = world.people["carla"]
    assert offices_open_to(carla, level="administer", service="proxies_versions").exists()
    assert Download.objects.filter(versions__isnull=False).count() == 3
    _says_no_secret(" ".join([*told, *demo.logins()]), proxies)
    assert not Check.objects.exists()  # none that was not made
    assert _answers(agency) == ANSWERS


def _answers(server: DemoAgency) -> dict[str, str]:
    """What comes of each check of an access at the demonstration's agency, once it is there."""
    found = {}
    for proxy in demo_agency.describe(server.address).proxies.select_related("office", "agency"):
        agree(proxy)
        check = checks.run(proxy, by=None, at=timezone.now())
        found[proxy.name] = check.outcome if check else ""
    return found


def _says_no_secret(text: str, proxies: list[Proxy]) -> None:
    secrets = [
        open_value(value) for proxy in proxies for value in current_values(proxy).values()
        if value.field in ("password", "code")
    ]  # fmt: skip
    assert len(secrets) > 20
    for secret in secrets:
        assert secret.decode() not in text
