"""The life of an access: what its history says, what releases it, what is not possible."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from portal.transitions import IllegalTransition
from proxies.models import Proxy
from proxies.services import life
from proxies.services.life import NewValues, ProxyData
from proxies.services.values import current_values
from tests.factories.proxies import make_agency, make_proxy, open_proxies
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
SEED = {"seed": b"MZXW6YTBOI4TSMJQ"}


def data_of(proxy, **changes):
    return ProxyData(**{
        "agency": proxy.agency, "kind": proxy.kind, "name": proxy.name, "holder": proxy.holder,
        **changes,
    })  # fmt: skip


def change(proxy, cast, **values):
    life.change(proxy, data_of(proxy), NewValues(**values), by=cast.carla, at=timezone.now())
    proxy.refresh_from_db()


def test_the_history_names_each_value_that_was_set_or_removed(cast, client_of):
    open_proxies(cast.carla, cast.office)
    proxy = make_proxy(cast.office, by=cast.carla)
    change(proxy, cast, secrets=SEED)
    change(proxy, cast, removed=["seed"])
    told = [(event.kind, event.note) for event in proxy.events.order_by("pk")]
    assert told == [
        ("created", ""), ("value", "login"), ("value", "password"), ("value", "seed"),
        ("removed", "seed"),
    ]  # fmt: skip
    assert "seed" not in current_values(proxy)
    assert not proxy.values.filter(field="seed", sealed__isnull=False).exists()
    text = words(client_of(cast.carla).get(proxy.get_absolute_url()))
    assert "Guardado no cofre" in text
    assert "Removido do cofre (Carla Dias) Segundo fator" in text


@pytest.mark.parametrize("field", ["login", "password", "seed"])
def test_a_corrected_login_or_password_ends_a_refusal_and_no_other_value_does(cast, field):
    proxy = make_proxy(cast.office)
    life.refuse(proxy, "recusada", by=cast.carla, at=timezone.now())
    day = proxy.value_set_on
    change(proxy, cast, secrets={field: b"MZXW6YTBOI4TSMJQ"})
    assert proxy.status == ("refused" if field == "seed" else "active")
    assert (proxy.value_set_on == day) is (field != "password")  # the clock is the main value's


def test_only_what_is_in_use_expires(cast, client_of):
    """A page that stood open set the mark on a deactivated access."""
    open_proxies(cast.carla, cast.office)
    proxy = make_proxy(cast.office, at=timezone.now())
    Proxy.objects.filter(pk=proxy.pk).update(status="revoked")
    with pytest.raises(IllegalTransition):
        life.expire(proxy, by=cast.carla, at=timezone.now())
    page = client_of(cast.carla).post(reverse("proxies:expire", args=[proxy.pk]), follow=True)
    assert "não é possível na situação atual" in words(page)
    proxy.refresh_from_db()
    assert proxy.expired_at is None


def test_whoever_looked_at_an_access_of_unknown_end_puts_the_next_look_off(cast, client_of):
    open_proxies(cast.carla, cast.office)
    carla, now = client_of(cast.carla), timezone.now()
    agency = make_agency(renewal_every=None)
    old = make_proxy(cast.office, agency=agency, at=now - timedelta(days=700))
    new, known = make_proxy(cast.office, agency=agency, at=now), make_proxy(cast.office)
    for proxy in (new, known):
        assert "/conferida/" not in carla.get(proxy.get_absolute_url()).content.decode()
        with pytest.raises(IllegalTransition):
            life.confirm(proxy, by=cast.carla, at=now)
    assert "/conferida/" in carla.get(old.get_absolute_url()).content.decode()
    page = words(carla.post(reverse("proxies:confirm", args=[old.pk]), follow=True))
    assert "Válida" in page
    assert "Conferida: continua valendo" in page
    day = old.value_set_on
    old.refresh_from_db()
    assert (old.ends_on, old.value_set_on) == (agency.look_at_on(timezone.localdate()), day)
    assert not old.end_is_known


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(cast):
    proxy = make_proxy(cast.office)
    seen = proxy.changes
    change(proxy, cast, secrets=SEED)
    with pytest.raises(life.Stale):
        life.change(
            proxy, data_of(proxy, name="Outro"), NewValues(), by=cast.carla, at=timezone.now(),
            seen=seen,
        )  # fmt: skip
    assert issubclass(life.Stale, ValidationError)
    assert Proxy.objects.get().name == proxy.name
