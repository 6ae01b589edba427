"""What a grant opens, when it ends, and which may stand side by side."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal import desks
from portal.accounts.models import Company, Grant, Unit
from portal.accounts.services import grant_access, revoke_grant
from portal.audit.models import AuditEvent
from tests.factories import Cast, make_document, make_grant, make_user
from tests.portal.entrance import text

pytestmark = pytest.mark.state
ClientOf = Callable[..., Client]
DAY = timedelta(days=1)


@pytest.fixture
def at() -> datetime:
    return timezone.now()


@pytest.fixture
def sensitive() -> Iterator[str]:
    """A service that opens only to grants that name it."""
    desk = desks.Desk(
        name="safe", label="Cofre",
        services=[desks.Service(name="invoices-safe", label="Cofre", sensitive=True)],
    )  # fmt: skip
    desks.register(desk)
    yield "invoices-safe"
    desks.unregister("safe")


@pytest.mark.parametrize(
    ("scopes", "opened"),
    [
        ([], {"invoices", "certificates", "tickets", "orders"}),
        (["invoices"], {"invoices"}),
        (["certificates", "invoices-safe"], {"certificates", "invoices-safe"}),
        (["gone"], set()),
    ],
)
def test_a_grant_opens_what_it_names_and_without_names_all_that_is_not_sensitive(
    cast: Cast, at: datetime, sensitive: str, scopes: list[str], opened: set[str]
) -> None:
    person = make_user("Lia Reis")
    grant = make_grant(person, cast.unit_a1, scopes=scopes)
    for service in desks.services():
        opens = service in opened
        assert grant.opens(service) is opens
        assert Grant.objects.held_by(person, at, service=service).exists() is opens
        assert Unit.objects.visible_to(person, at=at, service=service).exists() is opens
        assert Company.objects.visible_to(person, at=at, service=service).exists() is opens
    assert Unit.objects.visible_to(person, at=at).exists()


def test_a_service_that_no_desk_has_opens_nothing_and_cannot_be_given(
    cast: Cast, at: datetime
) -> None:
    with pytest.raises(KeyError):
        Grant.objects.held_by(cast.ana, at, service="invoice")
    with pytest.raises(ValidationError, match="invoice"):
        grant_access(cast.bruno, cast.unit_a1, scopes=["invoice"], by=cast.admin, at=at)


def test_a_desk_that_is_closed_to_a_client_is_neither_in_the_menu_nor_on_the_first_page(
    cast: Cast, client_of: ClientOf
) -> None:
    make_document(cast.unit_a1, number="98765")
    person = make_user("Lia Reis")
    grant = make_grant(person, cast.unit_a1, scopes=["certificates"])
    first = text(client_of(person).get(reverse("ui:dashboard")))
    assert reverse("invoices:list") not in first
    assert "98765" not in text(client_of(person).get(reverse("invoices:list")))
    Grant.objects.filter(pk=grant.pk).update(scopes=["invoices"])
    first = text(client_of(person).get(reverse("ui:dashboard")))
    assert reverse("invoices:list") in first
    assert "98765" in first


def test_a_unit_chosen_for_another_service_does_not_empty_the_list(
    cast: Cast, client_of: ClientOf
) -> None:
    make_document(cast.unit_a1, number="98765")
    make_grant(cast.ana, cast.unit_b1, scopes=["certificates"])
    ana = client_of(cast.ana)
    ana.post(reverse("accounts:context"), {"unit": cast.unit_b1.pk})
    page = text(ana.get(reverse("invoices:list")))
    assert "98765" in page


def test_access_that_ended_is_given_anew_beside_what_was(cast: Cast, at: datetime) -> None:
    old = grant_access(
        cast.bruno, cast.unit_a1, level="consult", valid_until=at - DAY, by=cast.admin,
        at=at - 10 * DAY,
    )  # fmt: skip
    new = grant_access(cast.bruno, cast.unit_a1, by=cast.atendente, at=at)
    assert new.pk != old.pk
    assert new.is_in_force(at)
    old.refresh_from_db()
    assert (old.level, old.created_by, old.revoked_at) == ("consult", cast.admin, at - DAY)
    event = AuditEvent.objects.filter(action="grant.given").latest("pk")
    assert (event.target, event.data["after"]) == (f"accounts.grant:{new.pk}", [old.pk])


def test_access_that_was_revoked_is_given_anew(cast: Cast, at: datetime) -> None:
    old = grant_access(cast.bruno, cast.unit_a1, by=cast.admin, at=at)
    revoke_grant(old, at=at, by=cast.admin)
    assert grant_access(cast.bruno, cast.unit_a1, by=cast.admin, at=at).pk != old.pk


def test_access_in_force_becomes_what_is_given_and_keeps_its_beginning(
    cast: Cast, at: datetime
) -> None:
    first = grant_access(
        cast.bruno, cast.unit_a1, valid_from=at - DAY, valid_until=at + DAY, by=cast.admin, at=at
    )
    again = grant_access(
        cast.bruno, cast.unit_a1, level="consult", scopes=["invoices"], by=cast.admin, at=at
    )
    again.refresh_from_db()
    assert again.pk == first.pk
    assert (again.level, again.scopes, again.valid_until) == ("consult", ["invoices"], None)
    assert again.valid_from == at - DAY


def test_access_that_has_not_begun_begins_when_it_is_given_without_a_day(
    cast: Cast, at: datetime
) -> None:
    grant_access(cast.bruno, cast.unit_a1, valid_from=at + DAY, by=cast.admin, at=at)
    assert grant_access(cast.bruno, cast.unit_a1, by=cast.admin, at=at).is_in_force(at)


def test_two_powers_of_attorney_of_one_company_stand_side_by_side(cast: Cast, at: datetime) -> None:
    def power(key: str, **values: Any) -> Grant:
        return grant_access(
            cast.bruno, cast.office, source=Grant.Source.PROXY, source_key=key, by=None, at=at,
            **values,
        )  # fmt: skip

    first, second = power("17", scopes=["invoices"]), power("18", valid_until=at + DAY)
    assert first.pk != second.pk
    assert power("17").pk == first.pk
    revoke_grant(first, at=at, by=None)
    assert Unit.objects.visible_to(cast.bruno, at=at).filter(company=cast.office).exists()


def test_the_database_refuses_a_second_live_grant_of_one_source(cast: Cast) -> None:
    make_grant(cast.bruno, cast.unit_a1)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_grant(cast.bruno, cast.unit_a1)
    make_grant(cast.bruno, cast.unit_a1, source_key="other")


def test_staff_are_given_no_access(cast: Cast, at: datetime) -> None:
    with pytest.raises(ValidationError):
        grant_access(cast.faturista, cast.unit_a1, by=cast.admin, at=at)


def test_what_has_ended_is_not_revoked_afterwards(cast: Cast, at: datetime) -> None:
    grant = make_grant(cast.bruno, cast.unit_a1, valid_until=at - DAY)
    revoke_grant(grant, at=at, by=cast.admin)
    grant.refresh_from_db()
    assert grant.revoked_at is None
    assert not AuditEvent.objects.filter(action="grant.revoked").exists()


def test_the_last_day_is_the_civil_day_before_the_instant_of_the_end() -> None:
    end = datetime.fromisoformat("2026-04-01T00:00:00-03:00")
    assert str(Grant(valid_until=end).last_day) == "2026-03-31"
    assert Grant().last_day is None
