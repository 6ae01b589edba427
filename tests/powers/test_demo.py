"""The demonstration's powers of attorney, made by the services with its certificates."""

import pytest
from django.conf import LazySettings
from django.utils import timezone

from portal.demo import services as demo_services
from proxies.powers.models import Power
from proxies.powers.services import records

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.mark.parametrize("means", ["session", "signature"])
def test_one_is_in_force_one_waits_and_one_was_revoked(settings: LazySettings, means: str):
    settings.DEMO, settings.POWERS_CONFIRMED_BY = True, means
    for _twice in range(2):
        demo_services.load(at=timezone.now(), tell=lambda _text: None, ages=range(1, 0, -1))
    powers = Power.objects.order_by("pk")
    assert [power.status for power in powers] == ["active", "waiting", "revoked"]
    assert {power.means for power in powers} == {means}
    assert powers[0].grantee_name == powers[1].grantee_name == "Carla Dias"
    assert records.read(powers[0].record)["certificate"]["revocation"]["state"] == "good"
