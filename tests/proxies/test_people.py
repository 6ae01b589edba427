"""“Usuários do escritório”: registered, changed, deactivated at once, let in again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import jobs
from portal.accounts.models import Grant, Invitation, User
from portal.accounts.services import NewAccess, team
from portal.outbox.models import Entry
from proxies.models import Proxy, offices_open_to
from proxies.services import people
from tests.factories import Cast, make_grant, make_user
from tests.factories.proxies import make_proxy, open_proxies
from tests.portal.entrance import code, mails, sign_in, signed_in, text
from tests.portal.invitations import NEW, accept_as_new, invitation_in, open_link

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
ALL = ["proxies", "proxies_versions"]


@pytest.fixture
def carla(cast: Cast, client_of: ClientOf) -> Client:
    """The administrator of the office and of its accesses, logged in."""
    cast.carla.grants.update(scopes=ALL)
    client: Client = client_of(cast.carla)
    return client


def url(name: str, cast: Cast, *args: int) -> str:
    return reverse(f"proxies:{name}", args=[cast.office.pk, *args])


def add(carla: Client, cast: Cast, **values: Any) -> Any:
    data = {
        "status": "active", "email": NEW, "name": "Davi Rocha", "level": "operate",
        "services": ["proxies"], "last_day": "", **values,
    }  # fmt: skip
    return carla.post(url("user_new", cast), data)


def access(cast: Cast, level: str = "operate", scopes: Any = ("proxies",)) -> NewAccess:
    return NewAccess(places=[cast.office], level=level, scopes=list(scopes))


def recover(email: str) -> Any:
    """“Recuperar senha” with this e-mail; the worker does its part."""
    response = Client().post("/esqueci-a-senha/", {"cpf": "", "email": email, **code()})
    for entry in Entry.objects.filter(kind=Entry.Kind.JOB, status=Entry.Status.PENDING):
        jobs.send_recovery(**entry.arguments)
        Entry.objects.filter(pk=entry.pk).update(status=Entry.Status.DONE)
    return response


def opens(person: User, cast: Cast, level: str = "consult") -> bool:
    person = User.objects.get(pk=person.pk)
    return offices_open_to(person, level=level).filter(pk=cast.office.pk).exists()


def test_a_new_user_gets_the_link_creates_a_password_and_sees_the_accesses(
    cast: Cast, carla: Client, client: Client
) -> None:
    proxy = make_proxy(cast.office)
    assert carla.get(url("user_new", cast)).context["form"]["services"].value() == ["proxies"]
    assert add(carla, cast, email="DAVI@Exemplo.com.br").url == url("users", cast)
    accept_as_new(client)
    davi = User.objects.get(email=NEW)
    assert list(Proxy.objects.operable_by(davi)) == [proxy]
    assert not opens(davi, cast, "administer")
    page = text(carla.get(url("users", cast)))
    assert "Davi Rocha" in page
    assert NEW in page


def test_former_passwords_are_given_apart_and_only_with_the_accesses(
    cast: Cast, carla: Client, client: Client
) -> None:
    refused = add(carla, cast, services=["proxies_versions"], versions="on")
    assert refused.status_code == 200
    add(carla, cast, versions="on")
    accept_as_new(client)
    davi = User.objects.get(email=NEW)
    assert sorted(davi.grants.get().scopes) == ALL


def test_an_administrator_gives_only_the_services_that_they_have(cast: Cast, carla: Client) -> None:
    cast.carla.grants.update(scopes=["proxies"])
    page = text(carla.get(url("user_new", cast)))
    assert "versions" not in page
    assert 'value="invoices"' not in page
    assert add(carla, cast, services=["invoices"]).status_code == 200
    assert add(carla, cast, services=[]).status_code == 200
    assert not Invitation.objects.exists()


def test_who_is_registered_inactive_gets_no_link_before_being_made_active(
    cast: Cast, carla: Client, client: Client
) -> None:
    add(carla, cast, status="inactive")
    row = Invitation.objects.get()
    recover(NEW)
    assert mails(NEW) == []
    assert "Inativo" in text(carla.get(url("users", cast)))
    again = {
        "status": "active", "name": "Davi R. Rocha", "level": "consult",
        "services": ["proxies"], "last_day": "",
    }  # fmt: skip
    carla.post(url("user_invited", cast, row.pk), again)
    accept_as_new(client, name="Davi R. Rocha")
    davi = User.objects.get(email=NEW)
    assert opens(davi, cast)
    assert not opens(davi, cast, "operate")


def test_a_registration_that_is_made_inactive_stops_its_link(
    cast: Cast, carla: Client, client: Client
) -> None:
    add(carla, cast)
    row, data = Invitation.objects.get(), {"name": "Davi", "level": "consult", "last_day": ""}
    carla.post(
        url("user_invited", cast, row.pk), {**data, "status": "inactive", "services": ["proxies"]}
    )
    assert open_link(client, invitation_in(mails(NEW)[0])).status_code == 410
    assert recover(NEW).status_code == 302
    assert len(mails(NEW)) == 1


def test_recover_password_sends_the_link_to_who_has_not_accepted_yet_also_after_it_expired(
    cast: Cast, carla: Client, client: Client
) -> None:
    add(carla, cast)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert open_link(Client(), invitation_in(mails(NEW)[0])).status_code == 410
    known = recover(NEW.upper())
    unknown = recover("ninguem@exemplo.com.br")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert len(mails(NEW)) == 2
    accept_as_new(client)
    assert opens(User.objects.get(email=NEW), cast)


def test_recover_password_sends_nothing_once_who_invited_may_not_give_it(
    cast: Cast, carla: Client
) -> None:
    add(carla, cast)
    cast.carla.grants.update(revoked_at=timezone.now())
    recover(NEW)
    assert len(mails(NEW)) == 1


def test_somebody_with_an_account_elsewhere_accepts_as_themselves(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    bruno = client_of(cast.bruno)
    add(carla, cast, email=str(cast.bruno.email).upper())
    open_link(bruno, invitation_in(mails(str(cast.bruno.email))[0]))
    bruno.post(reverse("accounts:invitation"))
    assert opens(cast.bruno, cast)
    again = add(carla, cast, email=str(cast.bruno.email).title())
    assert "já tem acesso" in text(again)


def test_deactivating_asks_first_then_ends_access_and_sessions_at_once(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    davi = make_user("Davi Rocha")
    grant = make_grant(davi, cast.office, scopes=["proxies"], source="invitation")
    there = Client()
    sign_in(there, str(davi.email))
    assert signed_in(there)
    data = {"level": "operate", "services": ["proxies"], "last_day": ""}
    asked = carla.post(url("user", cast, davi.pk), {**data, "status": "inactive"}, follow=True)
    assert "Desativar Davi" in text(asked)
    assert opens(davi, cast)
    carla.post(url("user_deactivate", cast, davi.pk))
    assert not opens(davi, cast)
    assert not signed_in(there)
    assert "Inativo" in text(carla.get(url("users", cast)))
    carla.post(url("user", cast, davi.pk), {**data, "status": "active"})
    assert opens(davi, cast, "operate")
    grant.refresh_from_db()
    assert grant.revoked_at is not None


def test_who_is_inactive_is_let_in_from_the_list_and_not_registered_again(
    cast: Cast, carla: Client
) -> None:
    davi = make_user("Davi Rocha", email=NEW)
    make_grant(davi, cast.office, source="invitation", revoked_at=timezone.now())
    assert "inativa" in text(add(carla, cast))
    assert not Invitation.objects.exists()


def test_level_and_end_are_changed_and_nobody_changes_their_own(cast: Cast, carla: Client) -> None:
    davi, last = make_user("Davi Rocha"), timezone.localdate() + timedelta(days=9)
    make_grant(davi, cast.office, scopes=["proxies"], source="invitation")
    data = {
        "status": "active",
        "level": "consult",
        "services": ["proxies"],
        "last_day": last.isoformat(),
    }
    carla.post(url("user", cast, davi.pk), data)
    assert davi.grants.get().last_day == last
    assert f"{last:%d/%m/%Y}" in text(carla.get(url("users", cast)))
    carla.post(url("user", cast, cast.carla.pk), data)
    assert opens(cast.carla, cast, "administer")


def test_the_last_one_to_administer_the_accesses_cannot_go(cast: Cast, carla: Client) -> None:
    other = make_user("Olga Oliveira")
    make_grant(other, cast.office, "administer")  # of the office, not of its accesses
    page = carla.post(url("user_deactivate", cast, cast.carla.pk), follow=True)
    assert "última pessoa que administra" in text(page)
    assert opens(cast.carla, cast, "administer")


def test_nor_do_they_go_by_the_page_of_the_companys_users(cast: Cast, carla: Client) -> None:
    make_grant(make_user("Olga Oliveira"), cast.office, "administer", scopes=["invoices"])
    end = reverse("accounts:team_end", args=[cast.office.pk, cast.carla.pk])
    assert "última pessoa que administra" in text(carla.post(end, follow=True))
    page = reverse("accounts:team_member", args=[cast.office.pk, cast.carla.pk])
    data = {"reach": "all", "level": "administer", "services": ["proxies_versions"], "last_day": ""}
    assert "última pessoa que administra" in text(carla.post(page, data))
    assert opens(cast.carla, cast, "administer")


def test_two_administrators_who_deactivate_each_other_leave_one(cast: Cast, carla: Client) -> None:
    del carla
    other, at = make_user("Olga Oliveira"), timezone.now()
    open_proxies(other, cast.office)
    people.deactivate(cast.office, cast.carla, by=other, at=at)
    with pytest.raises(ValidationError):
        people.deactivate(cast.office, other, by=cast.carla, at=at)
    with pytest.raises(team.LastKeeper):
        people.deactivate(cast.office, other, by=other, at=at)
    assert opens(other, cast, "administer")


def test_two_administrators_who_let_somebody_in_at_once_give_one_grant(
    cast: Cast, carla: Client
) -> None:
    del carla
    other, davi, at = make_user("Olga Oliveira"), make_user("Davi Rocha"), timezone.now()
    open_proxies(other, cast.office)
    make_grant(davi, cast.office, source="invitation", revoked_at=at - timedelta(days=1))
    people.save_person(cast.office, davi, access(cast), by=cast.carla, at=at)
    people.save_person(cast.office, davi, access(cast, "consult"), by=other, at=at)
    grant = Grant.objects.not_ended(at).get(user=davi, company=cast.office)
    assert grant.level == "consult"


def test_the_list_costs_the_same_with_few_and_with_many(
    cast: Cast, carla: Client, django_assert_max_num_queries: Any
) -> None:
    def ask() -> int:
        with django_assert_max_num_queries(60) as found:
            assert carla.get(url("users", cast)).status_code == 200
        return len(found)

    ask()
    few = ask()
    for number in range(8):
        person = make_user(f"Pessoa {number}")
        over = timezone.now() if number % 2 else None
        make_grant(person, cast.office, source="invitation", scopes=["proxies"], revoked_at=over)
    assert ask() == few
