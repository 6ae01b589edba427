"""Life's ends: an office leaves and comes back, a client's contract ends, a person's grant ends."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from portal.accounts.models import Company, Grant
from portal.accounts.services.people import deactivate
from portal.audit.services import record
from portal.outbox import mail
from portal.outbox.models import Entry
from proxies.models import Disclosure, LeftOffice, Proxy
from proxies.services.leaving import follow_left
from proxies.services.values import current_values
from tests.factories import a_cnpj
from tests.factories.proxies import AT, make_office_client, make_proxy, open_proxies

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TODAY = date(2026, 11, 20)


def leave(office: Company) -> None:
    Company.objects.filter(pk=office.pk).update(is_active=False)


def come_back(office: Company) -> None:
    Company.objects.filter(pk=office.pk).update(is_active=True)


def after(days: int) -> datetime:
    return AT + timedelta(days=days)


@pytest.mark.both
def test_nothing_of_an_office_that_left_is_shown_watched_or_used(cast):
    open_proxies(cast.carla, cast.office)
    proxy = make_proxy(cast.office)
    leave(cast.office)
    proxy.refresh_from_db()
    assert not Proxy.objects.visible_to(cast.carla).exists()
    assert not Proxy.objects.watched(on=TODAY).exists()
    assert not proxy.can_be_used(TODAY)


@pytest.mark.both
def test_a_company_that_is_no_office_any_more_has_left(cast, settings):
    """Its pages were gone, and its passwords stayed and were sent for ever."""
    proxy = make_proxy(cast.office)
    Company.objects.filter(pk=cast.office.pk).update(kind="company")
    proxy = Proxy.objects.get()
    assert not Proxy.objects.watched(on=TODAY).exists()
    assert not proxy.can_be_used(TODAY)
    follow_left(at=AT)
    Company.objects.filter(pk=cast.office.pk).update(kind="office")
    follow_left(at=after(1))  # a mistake, put right
    assert not LeftOffice.objects.exists()
    Company.objects.filter(pk=cast.office.pk).update(kind="company")
    follow_left(at=after(2))
    assert follow_left(at=after(2 + settings.PROXY_LEFT_DAYS)) == 1
    assert not current_values(proxy)


@pytest.mark.both
def test_values_of_an_office_that_left_are_destroyed_after_ninety_days(cast, settings):
    proxy = make_proxy(cast.office)
    other = make_proxy(Company.objects.create(name="Outro", kind="office", tax_id=a_cnpj()))
    leave(cast.office)
    follow_left(at=AT)
    assert follow_left(at=after(settings.PROXY_LEFT_DAYS - 1)) == 0
    assert current_values(proxy)
    assert follow_left(at=after(settings.PROXY_LEFT_DAYS)) == 1
    proxy.refresh_from_db()
    assert proxy.status == Proxy.Status.DESTROYED
    assert not proxy.values.filter(sealed__isnull=False).exists()
    assert follow_left(at=after(settings.PROXY_LEFT_DAYS + 1)) == 0
    assert current_values(other)


def test_staff_are_told_when_values_will_be_destroyed_and_when_they_were(cast, settings):
    make_proxy(cast.office)
    leave(cast.office)
    follow_left(at=AT)
    follow_left(at=after(1))
    entry = Entry.objects.get(key__startswith="proxies-office_left", recipient=cast.admin.email)
    message = mail.opened(entry)
    text = message.text if message else ""
    assert f"{after(settings.PROXY_LEFT_DAYS):%d/%m/%Y}" in text
    follow_left(at=after(settings.PROXY_LEFT_DAYS))
    follow_left(at=after(settings.PROXY_LEFT_DAYS + 1))
    told = Entry.objects.filter(key__startswith="proxies-office_destroyed")
    assert told.filter(recipient=cast.admin.email).count() == 1


def test_an_office_that_is_back_in_time_has_all_its_values_and_its_days_anew(cast, settings):
    open_proxies(cast.carla, cast.office)
    proxy = make_proxy(cast.office)
    leave(cast.office)
    follow_left(at=AT)
    come_back(cast.office)
    follow_left(at=after(settings.PROXY_LEFT_DAYS))
    assert set(current_values(proxy)) == {"login", "password"}
    assert Proxy.objects.visible_to(cast.carla).exists()
    leave(cast.office)
    follow_left(at=after(settings.PROXY_LEFT_DAYS + 1))
    assert follow_left(at=after(settings.PROXY_LEFT_DAYS + 2)) == 0
    assert current_values(proxy)


def test_an_office_that_was_back_for_some_hours_left_when_it_left_again(cast, settings):
    proxy = make_proxy(cast.office)
    leave(cast.office)
    follow_left(at=AT)
    for hours in (1, 5):
        record(
            "company.changed", target=cast.office, company=cast.office.pk,
            at=after(settings.PROXY_LEFT_DAYS - 1) + timedelta(hours=hours),
            data={"fields": ["is_active"]},
        )  # fmt: skip
    assert follow_left(at=after(settings.PROXY_LEFT_DAYS)) == 0
    assert current_values(proxy)
    assert follow_left(at=after(2 * settings.PROXY_LEFT_DAYS)) == 1


def test_with_zero_days_values_of_an_office_that_left_are_kept(cast, settings):
    settings.PROXY_LEFT_DAYS = 0
    proxy = make_proxy(cast.office)
    leave(cast.office)
    follow_left(at=AT)
    assert LeftOffice.objects.get().destroys_at is None
    assert follow_left(at=after(5000)) == 0
    assert current_values(proxy)


@pytest.mark.both
def test_an_access_rests_once_the_contracts_of_all_its_clients_have_ended(cast):
    gone = make_office_client(cast.office, ended_on=TODAY)
    stays = make_office_client(cast.office, ended_on=TODAY + timedelta(days=1))
    of_nobody = make_proxy(cast.office)
    of_both = make_proxy(cast.office, clients=[gone, stays])
    of_gone = make_proxy(cast.office, clients=[gone])
    assert list(Proxy.objects.for_former_clients(TODAY)) == [of_gone]
    assert set(Proxy.objects.watched(on=TODAY)) == {of_nobody, of_both}
    assert [p.can_be_used(TODAY) for p in (of_nobody, of_both, of_gone)] == [True, True, False]
    assert not Proxy.objects.for_former_clients(TODAY - timedelta(days=1)).exists()


def test_the_administrator_finds_what_is_held_for_former_clients(cast, client_of):
    open_proxies(cast.carla, cast.office)
    gone = make_office_client(cast.office, "Padaria Lua", ended_on=date(2026, 1, 31))
    proxy = make_proxy(cast.office, clients=[gone], name="ACESSO PADARIA LUA")
    make_proxy(cast.office, name="ACESSO QUE SERVE A TODOS")
    page = client_of(cast.carla).get(reverse("proxies:former", args=[cast.office.pk]))
    text = page.content.decode()
    assert proxy.name in text
    assert "até 31/01/2026" in text
    assert "ACESSO QUE SERVE A TODOS" not in text
    card = client_of(cast.carla).get(reverse("ui:dashboard")).content.decode()
    assert "Procurações de clientes encerrados" in card
    assert ">1 procuração<" in card


def test_whoever_only_operates_an_office_may_not_see_that_list(cast, client_of):
    open_proxies(cast.bruno, cast.office, Grant.Level.OPERATE)
    page = client_of(cast.bruno).get(reverse("proxies:former", args=[cast.office.pk]))
    assert page.status_code == 403


@pytest.mark.parametrize("end", ["deactivated", "revoked", "over"])
def test_whoever_leaves_sees_nothing_at_once_and_what_they_saw_is_still_known(cast, end):
    grant = open_proxies(cast.bruno, cast.office)
    proxy = make_proxy(cast.office)
    Disclosure.objects.create(
        proxy=proxy, field="password", version=1, act="shown", user=cast.bruno, reason="Declaração",
        at=AT,
    )  # fmt: skip
    assert Proxy.objects.operable_by(cast.bruno).exists()
    if end == "deactivated":
        deactivate(cast.bruno, by=cast.admin)
    elif end == "revoked":
        Grant.objects.filter(pk=grant.pk).update(revoked_at=AT)
    else:
        Grant.objects.filter(pk=grant.pk).update(valid_until=AT)
    assert not Proxy.objects.visible_to(cast.bruno).exists()
    assert not Proxy.objects.operable_by(cast.bruno).exists()
    assert Disclosure.objects.get().user == cast.bruno
