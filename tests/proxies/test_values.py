"""Values in the vault: bound to their place, and to what the audit knows."""

import base64
import json
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from portal.audit.models import AuditEvent
from portal.vault.services import Tampered, kid_of, rewrap
from proxies.models import Proxy, SecretValue
from proxies.services.life import NewValues, ProxyData, change, destroy
from proxies.services.values import ValueReplaced, current_values, open_value
from tests.factories.proxies import AT, LOGIN, PASSWORD, make_proxy
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def swap(one: SecretValue, other: SecretValue) -> None:
    for value, sealed in ((one, other.sealed), (other, one.sealed)):
        SecretValue.objects.filter(pk=value.pk).update(sealed=sealed)


def renew(proxy: Proxy, by, password: bytes) -> None:
    data = ProxyData(agency=proxy.agency, kind=proxy.kind, name=proxy.name, holder=proxy.holder)
    change(proxy, data, NewValues(secrets={"password": password}), by=by, at=AT)


def test_what_was_sealed_is_read_again_and_stands_nowhere_in_the_table(cast):
    proxy = make_proxy(cast.office)
    values = current_values(proxy)
    assert {name: open_value(value).decode() for name, value in values.items()} == {
        "login": LOGIN, "password": PASSWORD,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for table in ("proxies_proxy", "proxies_secretvalue", "audit_auditevent"):
            cursor.execute(f"SELECT * FROM {table}")
            kept = repr(
                [
                    bytes(v) if isinstance(v, memoryview) else v
                    for row in cursor.fetchall()
                    for v in row
                ]
            )
            assert PASSWORD not in kept
            assert LOGIN not in kept


@pytest.mark.parametrize("which", ["fields", "rows"])
def test_two_values_that_changed_places_do_not_open(cast, which):
    one = current_values(make_proxy(cast.office))
    other = one if which == "fields" else current_values(make_proxy(cast.office))
    pair = (one["password"], other["login" if which == "fields" else "password"])
    swap(*pair)
    for value in pair:
        value.refresh_from_db()
        with pytest.raises(Tampered):
            open_value(value)


def test_an_older_value_in_the_place_of_the_newest_is_noticed(cast):
    proxy = make_proxy(cast.office)
    renew(proxy, cast.carla, b"outra")
    newest = current_values(proxy)["password"]
    assert open_value(newest) == b"outra"
    newest.delete()
    with pytest.raises(ValueReplaced):
        open_value(current_values(proxy)["password"])


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_give_a_new_value_at_once_each_have_a_version_and_the_last_counts(cast):
    proxy = make_proxy(cast.office)
    outcomes = at_once(
        *[lambda n=n: renew(proxy, cast.carla, f"nova {n}".encode()) for n in (1, 2)]
    )
    assert outcomes == [None, None]
    kept = list(proxy.values.filter(field="password").order_by("version"))
    assert [value.version for value in kept] == [1, 2, 3]
    newest = current_values(proxy)["password"]
    assert newest.pk == kept[-1].pk
    assert {open_value(kept[1], newest=False), open_value(newest)} == {b"nova 1", b"nova 2"}
    assert audit_is_whole(proxy)


def audit_is_whole(proxy: Proxy) -> bool:
    """The audit names each version once, in their order."""
    found = AuditEvent.objects.filter(action="proxy.value_set", target=f"proxies.proxy:{proxy.pk}")
    said = [e.data["version"] for e in found.order_by("pk") if e.data["field"] == "password"]
    return said == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_new_value_and_a_destruction_at_once_leave_nothing_that_opens(cast):
    proxy = make_proxy(cast.office)
    outcomes = at_once(
        lambda: renew(Proxy.objects.get(pk=proxy.pk), cast.carla, b"nova"),
        lambda: destroy(Proxy.objects.get(pk=proxy.pk), "fim", by=cast.carla, at=AT),
    )
    assert outcomes[1] is None
    assert outcomes[0] is None or isinstance(outcomes[0], ValidationError)
    assert not proxy.values.filter(sealed__isnull=False).exists()


def test_rewrapping_goes_on_where_it_was_killed(cast, settings, monkeypatch):
    def ring(*kids: str) -> str:
        return json.dumps({k: base64.b64encode(k.encode().ljust(32)).decode() for k in kids})

    settings.VAULT_KEYRING = ring("velha")
    proxies = [make_proxy(cast.office) for _ in range(3)]
    settings.VAULT_KEYRING = ring("nova", "velha")
    done: list[bytes] = []

    def killed(sealed: bytes) -> bytes:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(sealed)
        return rewrap(sealed)

    command = "portal.vault.management.commands.vault_rewrap.rewrap"
    monkeypatch.setattr(command, killed)
    with pytest.raises(KeyboardInterrupt):
        call_command("vault_rewrap", stdout=StringIO())
    kids = [kid_of(value.sealed or b"") for value in SecretValue.objects.order_by("pk")]
    assert kids == ["nova"] * 3 + ["velha"] * 3
    monkeypatch.setattr(command, rewrap)
    call_command("vault_rewrap", stdout=StringIO())
    settings.VAULT_KEYRING = ring("nova")
    for proxy in proxies:
        assert open_value(current_values(proxy)["password"]).decode() == PASSWORD
