"""Staff open no sensitive service unseen: proven again, and whoever administers it is mailed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal import desks
from portal.accounts.models import AccessRequest, Grant, User
from portal.accounts.services import grant_access, issue_provisional_password
from tests.factories import Cast, a_cpf, make_grant, make_user
from tests.portal.entrance import mail_text, mails
from tests.portal.second_factor import confirm_identity

pytestmark = pytest.mark.django_db
SAFE = "keepers-safe"


@pytest.fixture(autouse=True)
def sensitive() -> Iterator[None]:
    service = desks.Service(name=SAFE, label="Cofre", sensitive=True)
    desks.register(desks.Desk(name="keepers", label="Cofre", services=[service]))
    yield
    desks.unregister("keepers")


@pytest.fixture
def at() -> datetime:
    return timezone.now()


@pytest.fixture
def keeper(cast: Cast) -> User:
    """Administers the service; who administers the rest of the company does not."""
    user = make_user("Kátia Guarda")
    make_grant(user, cast.company_a, "administer", scopes=[SAFE])
    make_grant(make_user("Otto Outro"), cast.company_a, "administer")
    return user


def browser_of(user: User, *, proven: bool) -> Client:
    client = Client()
    client.force_login(user)
    if proven:
        confirm_identity(client)
    return client


def told(user: User) -> list[str]:
    return [mail_text(entry) for entry in mails(user.email or "")]


def post_grant(client: Client, **values: Any) -> Any:
    return client.post(reverse("admin:accounts_grant_add"), {"level": "operate", **values})


def test_staff_who_give_it_prove_themselves_and_its_keeper_is_told(
    cast: Cast, keeper: User
) -> None:
    friend = make_user("Fábio Amigo")
    data = {"user": friend.pk, "company": cast.company_a.pk, "scopes": [SAFE]}
    post_grant(browser_of(cast.admin, proven=False), **data)
    assert not friend.grants.exists()
    post_grant(browser_of(cast.admin, proven=True), **data)
    assert friend.grants.get().scopes == [SAFE]
    (mail,) = told(keeper)
    for said in ("Fábio Amigo", "Cofre", str(cast.company_a), cast.admin.name, "Opera"):
        assert said in mail
    assert reverse("accounts:team_member", args=[cast.company_a.pk, friend.pk]) in mail
    assert len(mails()) == 1


def test_staff_who_widen_a_grant_do_not_do_it_unseen_either(cast: Cast, keeper: User) -> None:
    grant = make_grant(make_user("Fábio Amigo"), cast.company_a, "consult")
    page = reverse("admin:accounts_grant_change", args=[grant.pk])
    data = {"level": "administer", "scopes": [SAFE]}
    browser_of(cast.admin, proven=False).post(page, data)
    grant.refresh_from_db()
    assert grant.scopes == []
    browser_of(cast.admin, proven=True).post(page, data)
    grant.refresh_from_db()
    assert grant.scopes == [SAFE]
    assert len(told(keeper)) == 1


def test_accepting_a_request_for_it_tells_them_too(cast: Cast, keeper: User) -> None:
    row = AccessRequest.objects.create(
        name="Nina Nova", cpf=a_cpf(), email="nina@exemplo.com.br", unit_text=cast.unit_a1.code
    )
    page = reverse("accounts:accept_request", args=[row.pk])
    data = {"on": [f"unit:{cast.unit_a1.pk}"], "level": "operate", "services": [SAFE]}
    browser_of(cast.admin, proven=False).post(page, data)
    row.refresh_from_db()
    assert row.status == AccessRequest.Status.PENDING
    browser_of(cast.admin, proven=True).post(page, data)
    row.refresh_from_db()
    assert row.status == AccessRequest.Status.ACCEPTED
    assert len(told(keeper)) == 1


def test_ordinary_access_is_nobodys_business_and_needs_no_proof(cast: Cast, keeper: User) -> None:
    friend = make_user("Fábio Amigo")
    staff = browser_of(cast.admin, proven=False)
    post_grant(staff, user=friend.pk, company=cast.company_a.pk)
    assert friend.grants.exists()
    assert not told(keeper)


def test_what_the_company_gives_itself_is_not_mailed(
    cast: Cast, keeper: User, at: datetime
) -> None:
    grant_access(
        make_user("Fábio Amigo"), cast.company_a, scopes=[SAFE],
        source=Grant.Source.INVITATION, by=keeper, at=at,
    )  # fmt: skip
    assert not told(keeper)


def test_where_nobody_administers_the_service_the_companys_administrators_are_told(
    cast: Cast, at: datetime
) -> None:
    boss = make_user("Bia Chefe")
    make_grant(boss, cast.company_b, "administer")
    grant_access(make_user("Fábio Amigo"), cast.company_b, scopes=[SAFE], by=cast.admin, at=at)
    assert len(told(boss)) == 1


def test_where_nobody_is_left_the_companys_own_address_is_told(cast: Cast, at: datetime) -> None:
    Grant.objects.filter(company=cast.company_b).delete()
    type(cast.company_b).objects.filter(pk=cast.company_b.pk).update(email="b@exemplo.com.br")
    grant_access(make_user("Fábio Amigo"), cast.company_b, scopes=[SAFE], by=cast.admin, at=at)
    assert len(mails("b@exemplo.com.br")) == 1


def test_a_provisional_password_for_who_holds_it_is_told_to_its_keeper(
    cast: Cast, keeper: User, at: datetime
) -> None:
    clerk = make_user("Olga Opera")
    make_grant(clerk, cast.company_a, scopes=[SAFE])
    issue_provisional_password(clerk, by=cast.admin, at=at)
    (mail,) = told(keeper)
    assert "Olga Opera" in mail
    assert cast.admin.name in mail
    assert len(told(clerk)) == 1


@pytest.mark.parametrize("act", ["senha-provisoria", "segunda-etapa", "e-mail"])
def test_whatever_lets_somebody_else_sign_in_as_them_is_told(
    cast: Cast, keeper: User, act: str
) -> None:
    clerk = make_user("Olga Opera")
    make_grant(clerk, cast.company_a, scopes=[SAFE])
    client = browser_of(cast.admin, proven=True)
    if act == "e-mail":
        page = reverse("admin:accounts_user_change", args=[clerk.pk])
        client.post(page, {"name": clerk.name, "cpf": clerk.cpf, "email": "z@exemplo.com.br"})
    else:
        client.post(reverse("admin:accounts_user_act", args=[clerk.pk, act]))
    assert len(told(keeper)) == 1


def test_a_password_for_who_holds_nothing_sensitive_is_not_mailed_about(
    cast: Cast, keeper: User, at: datetime
) -> None:
    clerk = make_user("Olga Opera")
    make_grant(clerk, cast.company_a)
    issue_provisional_password(clerk, by=cast.admin, at=at)
    assert not told(keeper)
