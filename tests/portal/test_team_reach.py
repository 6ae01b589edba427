"""A company administrator gives at most what they hold, with an end where one is wished."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Grant
from portal.accounts.services import NewAccess, team
from tests.factories import Cast, make_grant
from tests.portal.entrance import text
from tests.portal.test_team import in_force

ClientOf = Callable[..., Client]


@pytest.fixture
def limited(cast: Cast, client_of: ClientOf) -> Client:
    """Carla, who administers the office in the invoice desk only."""
    cast.carla.grants.update(scopes=["invoices"])
    client: Client = client_of(cast.carla)
    return client


def member_url(cast: Cast) -> str:
    return reverse("accounts:team_member", args=[cast.office.pk, cast.ana.pk])


def test_services_and_an_end_are_given_shown_and_taken_back(
    cast: Cast, client_of: ClientOf
) -> None:
    carla, last = client_of(cast.carla), timezone.localdate() + timedelta(days=9)
    make_grant(cast.ana, cast.office)
    data = {"level": "consult", "reach": "all"}
    carla.post(
        member_url(cast), {**data, "services": ["certificates"], "last_day": last.isoformat()}
    )
    grant = Grant.objects.get(user=cast.ana, company=cast.office)
    assert (grant.scopes, grant.last_day) == (["certificates"], last)
    listed = text(carla.get(reverse("accounts:team_of", args=[cast.office.pk])))
    assert f"até {last:%d/%m/%Y}" in listed
    page = text(carla.get(member_url(cast)))
    assert f'value="{last:%d/%m/%Y}"' in page
    assert page.count("checked") == 2  # the service, and all units
    carla.post(member_url(cast), data)
    grant.refresh_from_db()
    assert (grant.scopes, grant.last_day) == ([], None)


def test_an_administrator_of_some_services_gives_no_others(cast: Cast, limited: Client) -> None:
    make_grant(cast.ana, cast.office, scopes=["invoices"])
    data = {"level": "consult", "reach": "all"}
    for services in ([], ["certificates"], ["invoices", "certificates"]):
        assert limited.post(member_url(cast), {**data, "services": services}).status_code == 200
    assert limited.post(member_url(cast), {**data, "services": ["invoices"]}).status_code == 302
    assert in_force(cast.ana) >= {("Escritório C", "consult")}
    with pytest.raises(ValidationError):
        team.change_access(
            cast.office, cast.ana, NewAccess(places=[cast.office], level="consult"),
            by=cast.carla, at=timezone.now(),
        )  # fmt: skip


def test_access_that_reaches_further_is_not_changed_but_can_be_ended(
    cast: Cast, limited: Client
) -> None:
    make_grant(cast.ana, cast.office)
    page = text(limited.get(member_url(cast)))
    assert "serviços que você mesmo não tem" in page
    data = {"level": "consult", "reach": "all", "services": ["invoices"]}
    limited.post(member_url(cast), data)
    assert ("Escritório C", "operate") in in_force(cast.ana)
    limited.post(reverse("accounts:team_end", args=[cast.office.pk, cast.ana.pk]))
    assert ("Escritório C", "operate") not in in_force(cast.ana)


def test_the_last_administrator_without_an_end_gets_none(cast: Cast, client_of: ClientOf) -> None:
    url = reverse("accounts:team_member", args=[cast.office.pk, cast.carla.pk])
    make_grant(
        cast.bruno, cast.office, "administer", valid_until=timezone.now() + timedelta(days=5)
    )
    data = {"level": "administer", "reach": "all", "last_day": timezone.localdate().isoformat()}
    assert "último administrador" in text(client_of(cast.carla).post(url, data))
    assert cast.carla.grants.get().valid_until is None
