"""Values in the vault: bound to their place, and to what the audit knows."""

import pytest
from django.db import connection

from portal.vault.services import Tampered
from proxies.models import Proxy, SecretValue
from proxies.services.life import NewValues, ProxyData, change
from proxies.services.values import ValueReplaced, current_values, open_value
from tests.factories.proxies import AT, LOGIN, PASSWORD, make_proxy

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
