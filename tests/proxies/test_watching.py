"""Reminders of accesses that expire: which, how early, who is told, and in which words."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Grant
from portal.outbox import delivery
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from portal.reminders.models import SentReminder
from portal.reminders.services import daily
from proxies.models import Proxy
from proxies.services import life, watching
from proxies.services.life import NewValues, ProxyData
from proxies.services.watching import due, recipients, visible_to
from tests.factories import Cast, make_grant, make_user
from tests.factories.proxies import LOGIN, PASSWORD, make_agency, make_proxy, open_proxies

pytestmark = [pytest.mark.django_db, pytest.mark.both]
EVER = (date(2000, 1, 1), date(2200, 1, 1))


def ending(cast: Cast, *, days: int = 30, **values: Any) -> Proxy:
    """An access of Carla's office whose value ends in so many days."""
    proxy = make_proxy(cast.office)
    facts = {"ends_on": timezone.localdate() + timedelta(days), **values}
    Proxy.objects.filter(pk=proxy.pk).update(**facts)
    proxy.refresh_from_db()
    return proxy


def keys() -> list[str]:
    return [item.key for item in due(*EVER)]


def new_password(proxy: Proxy, by: Any, password: bytes | None = None) -> None:
    data = ProxyData(
        agency=proxy.agency, kind=proxy.kind, name=proxy.name, holder=proxy.holder, notes="visto"
    )  # fmt: skip
    secrets = {"password": password} if password else {}
    life.change(proxy, data, NewValues(secrets=secrets), by=by, at=timezone.now())


def mails() -> dict[str, str]:
    daily.remind(at=timezone.now())
    delivery.sweep()
    found = {}
    for entry in Entry.objects.filter(kind=Entry.Kind.MAIL):
        mail = opened(entry)
        assert mail
        found[entry.recipient] = mail.subject + mail.text
    return found


def test_who_keeps_the_offices_accesses_is_mailed_and_nobody_else(cast: Cast):
    open_proxies(cast.carla, cast.office)
    operates, consults, unnamed, gone = (make_user(name) for name in ("Ola", "Cora", "Uma", "Gal"))
    open_proxies(operates, cast.office, level=Grant.Level.OPERATE)
    open_proxies(consults, cast.office, level=Grant.Level.CONSULT)
    make_grant(unnamed, cast.office, Grant.Level.ADMINISTER)
    open_proxies(gone, cast.office)
    gone.is_active = False
    gone.save()
    proxy = ending(cast, days=45)
    told = mails()
    del told[str(cast.admin.email)]  # the digest of who may see every access
    assert set(told) == {cast.carla.email, operates.email}
    text = told[str(cast.carla.email)]
    assert f"{proxy.name} – {cast.office.name} – vence em 45 dias" in text
    assert reverse("proxies:proxy", args=[proxy.pk]) in text
    for secret in (LOGIN, PASSWORD, proxy.holder):
        assert secret not in text


@pytest.mark.parametrize(
    ("days", "threshold"), [(60, None), (45, 45), (44, 45), (1, 1), (0, 0), (-1, 0)]
)
def test_they_are_told_at_each_threshold(cast: Cast, days: int, threshold: int | None):
    open_proxies(cast.carla, cast.office)
    ending(cast, days=days)
    daily.remind(at=timezone.now())
    assert list(SentReminder.objects.values_list("threshold", flat=True)) == (
        [] if threshold is None else [threshold]
    )


def test_an_edit_restarts_nothing_and_a_new_value_does(cast: Cast):
    proxy = ending(cast)
    (before,) = due(*EVER)
    new_password(proxy, cast.carla)
    (edited,) = due(*EVER)
    assert (edited.version, edited.expires_on) == (before.version, before.expires_on)
    new_password(proxy, cast.carla, b"outra")
    (renewed,) = due(*EVER)
    assert renewed.key == before.key
    assert renewed.version != before.version


def test_one_of_unknown_end_is_to_be_looked_at_and_does_not_expire(cast: Cast):
    open_proxies(cast.carla, cast.office)
    proxy = make_proxy(cast.office, agency=make_agency(renewal_every=None))
    Proxy.objects.filter(pk=proxy.pk).update(ends_on=timezone.localdate() + timedelta(7))
    text = mails()[str(cast.carla.email)]
    assert "conferir em 7 dias" in text
    assert f"{proxy.name} – {cast.office.name} – vence" not in text


@pytest.mark.parametrize("status", ["revoked", "destroyed"])
def test_what_is_out_of_use_is_not_watched(cast: Cast, status: str):
    ending(cast, status=status)
    assert keys() == []


def test_what_was_said_to_be_expired_or_is_of_a_closed_office_is_not_watched(cast: Cast):
    ending(cast, expired_at=timezone.now())
    assert keys() == []
    ending(cast)
    cast.office.is_active = False
    cast.office.save()
    assert keys() == []


def test_a_refused_one_still_ends(cast: Cast):
    proxy = ending(cast, status="refused")
    assert keys() == [str(proxy.pk)]


def test_each_sees_those_of_their_offices_and_staff_see_none(cast: Cast):
    proxies = [ending(cast, days=days) for days in (3, 1, 2)]
    open_proxies(cast.carla, cast.office)
    open_proxies(cast.bruno, cast.office, level=Grant.Level.CONSULT)
    wanted = [str(proxies[n].pk) for n in (1, 2, 0)]

    def seen(user: Any, **options: Any) -> list[str]:
        return [item.key for item in visible_to(user, *EVER, None, **options)]

    assert seen(cast.carla) == wanted
    assert seen(cast.carla, backwards=True) == wanted[::-1]
    assert seen(cast.bruno) == seen(cast.ana) == seen(cast.admin) == []
    found = visible_to(cast.carla, *EVER, [wanted[0], "x", "9" * 30])
    assert [item.key for item in found] == wanted[:1]


def test_the_scan_goes_by_key_and_misses_none(cast: Cast, monkeypatch, django_assert_num_queries):
    wanted = [str(ending(cast, days=n // 3).pk) for n in range(7)]
    monkeypatch.setattr(watching, "CHUNK", 2)
    with django_assert_num_queries(4):
        assert keys() == wanted


def test_only_staff_who_may_see_accesses_get_them_in_the_digest(cast: Cast):
    proxy = ending(cast)
    on = timezone.localdate()
    daily.mail_digests(on=on)
    told = {}
    for entry in Entry.objects.filter(kind=Entry.Kind.MAIL):
        mail = opened(entry)
        assert mail
        told[entry.recipient] = proxy.name in mail.text
    assert told.get(str(cast.admin.email))
    assert not any(told.get(str(one.email)) for one in (cast.agente, cast.atendente))


def test_recipients_of_many_are_asked_in_few_statements(cast: Cast, django_assert_max_num_queries):
    open_proxies(cast.carla, cast.office)
    mine = [str(make_proxy(cast.office).pk) for _ in range(5)]
    with django_assert_max_num_queries(2):
        assert recipients(mine) == {key: {cast.carla.pk} for key in mine}
