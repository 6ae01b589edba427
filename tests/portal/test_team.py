"""A company administrator changes and ends access, within the company and never without an heir."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.accounts.forms.team import TICKED
from portal.accounts.models import Grant, Invitation, User
from portal.accounts.services import team
from portal.audit.models import AuditEvent
from tests.factories import Cast, make_grant, make_unit, make_user
from tests.portal.entrance import mails, text
from tests.portal.invitations import NEW, invite

ClientOf = Callable[..., Client]


@pytest.fixture
def carla(cast: Cast, client_of: ClientOf) -> Client:
    """The administrator of the office, logged in."""
    client: Client = client_of(cast.carla)
    return client


def page(client: Client, company: Any) -> str:
    return text(client.get(reverse("accounts:team_of", args=[company.pk])))


def in_force(user: User) -> set[tuple[str, str]]:
    grants = Grant.objects.in_force(timezone.now()).filter(user=user)
    return {(str(grant.unit or grant.company), grant.level) for grant in grants}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"email": "sem arroba"}, "E-mail: Informe um endereço"),
        ({"cpf": "111.111.111-11"}, "CPF válido"),
        ({"name": "42"}, "Informe o nome da pessoa."),
        ({"reach": "some"}, "Escolha pelo menos uma unidade."),
        ({"level": "owner"}, "Faça uma escolha válida"),
        ({"level": ""}, "obrigatório"),
    ],
)
def test_bad_input_is_said_and_nobody_is_made(
    cast: Cast, carla: Client, values: dict[str, str], said: str
) -> None:
    before = User.objects.count()
    response = invite(carla, cast.office, **values)
    assert response.status_code == 200
    assert said in text(response)
    assert User.objects.count() == before
    assert not Invitation.objects.exists()
    assert not mails()


def test_the_form_says_what_operating_means_in_each_desk(cast: Cast, carla: Client) -> None:
    shown = text(carla.get(reverse("accounts:team_invite", args=[cast.office.pk])))
    assert "Opera: também age (Faturas e relatórios: recebe e libera faturas" in shown


def test_a_unit_of_another_company_cannot_be_given(cast: Cast, carla: Client) -> None:
    response = invite(carla, cast.office, reach="some", units=[cast.unit_a1.pk])
    assert response.status_code == 200
    assert not Invitation.objects.exists()


def test_an_administrator_of_some_units_only_is_not_possible(cast: Cast, carla: Client) -> None:
    response = invite(
        carla, cast.office, level="administer", reach="some", units=[cast.unit_office.pk]
    )
    assert "vê todas as unidades" in text(response)


def test_where_there_are_many_units_their_codes_are_typed(cast: Cast, carla: Client) -> None:
    units = [make_unit(cast.office, code=f"CS{number:03d}") for number in range(TICKED)]
    form = text(carla.get(reverse("accounts:team_invite", args=[cast.office.pk])))
    assert 'type="checkbox" name="units"' not in form
    wrong = text(invite(carla, cast.office, reach="some", units="CS001\nB-999"))
    assert "A empresa não tem unidade com estes códigos: B-999." in wrong
    assert "CS001" in wrong
    invite(carla, cast.office, reach="some", units="cs001, CS002;\nCS001")
    assert set(Invitation.objects.get().units.all()) == {units[1], units[2]}


def test_level_and_units_can_be_changed(cast: Cast, carla: Client) -> None:
    davi, other = make_user("Davi Rocha"), make_unit(cast.office, "Filial")
    make_grant(davi, cast.office)
    url = reverse("accounts:team_member", args=[cast.office.pk, davi.pk])
    carla.post(url, {"level": "operate", "reach": "some", "units": [other.pk]})
    assert in_force(davi) == {(str(other), "operate")}
    carla.post(url, {"level": "administer", "reach": "all"})
    assert in_force(davi) == {("Escritório C", "administer")}


def test_a_grant_that_staff_gave_is_changed_too(cast: Cast, carla: Client) -> None:
    make_grant(cast.ana, cast.office)
    url = reverse("accounts:team_member", args=[cast.office.pk, cast.ana.pk])
    carla.post(url, {"level": "consult", "reach": "all"})
    assert ("Escritório C", "consult") in in_force(cast.ana)


def test_ended_access_is_gone_at_once_after_a_confirmation(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    make_grant(cast.bruno, cast.office)
    url = reverse("accounts:team_end", args=[cast.office.pk, cast.bruno.pk])
    assert "Encerrar o acesso de Bruno Lima" in text(carla.get(url))
    assert ("Escritório C", "operate") in in_force(cast.bruno)
    carla.post(url)
    assert in_force(cast.bruno) == {("Empresa B", "operate")}
    assert AuditEvent.objects.filter(action="grant.revoked", actor=cast.carla).count() == 1


def test_the_last_administrator_can_neither_go_nor_step_down(cast: Cast, carla: Client) -> None:
    args = [cast.office.pk, cast.carla.pk]
    ended = carla.post(reverse("accounts:team_end", args=args), follow=True)
    assert ended.status_code == 200
    changed = carla.post(
        reverse("accounts:team_member", args=args), {"level": "consult", "reach": "all"}
    )
    assert "último administrador" in text(changed)
    assert ("Escritório C", "administer") in in_force(cast.carla)


def test_an_inactive_administrator_is_no_heir(cast: Cast) -> None:
    second = make_user("Dora Reis")
    make_grant(second, cast.office, Grant.Level.ADMINISTER)
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(team.LastAdministrator):
        team.end_access(cast.office, cast.carla, by=cast.carla, at=timezone.now())


def test_with_an_heir_an_administrator_may_leave(cast: Cast, carla: Client) -> None:
    make_grant(make_user("Dora Reis"), cast.office, Grant.Level.ADMINISTER)
    response = carla.post(
        reverse("accounts:team_end", args=[cast.office.pk, cast.carla.pk]), follow=True
    )
    assert response.status_code == 200
    assert in_force(cast.carla) == set()


def test_access_from_a_certificate_or_a_proxy_stays_where_it_came_from(
    cast: Cast, carla: Client
) -> None:
    Grant.objects.create(user=cast.ana, company=cast.office, source="proxy", level="consult")
    url = reverse("accounts:team_member", args=[cast.office.pk, cast.ana.pk])
    assert "procuração" in text(carla.get(url))
    carla.post(url, {"level": "administer", "reach": "all"})
    carla.post(reverse("accounts:team_end", args=[cast.office.pk, cast.ana.pk]))
    assert ("Escritório C", "consult") in in_force(cast.ana)


@pytest.mark.parametrize("name", ["team_of", "team_invite"])
def test_a_company_of_others_is_not_found(cast: Cast, carla: Client, name: str) -> None:
    url = reverse(f"accounts:{name}", args=[cast.company_b.pk])
    assert carla.get(url).status_code == 404
    assert carla.post(url, {"name": "X", "email": NEW}).status_code == 404


@pytest.mark.parametrize("name", ["team_member", "team_end"])
def test_a_person_of_another_company_is_not_found(cast: Cast, carla: Client, name: str) -> None:
    for company, person in ((cast.company_b, cast.bruno), (cast.office, cast.bruno)):
        url = reverse(f"accounts:{name}", args=[company.pk, person.pk])
        assert carla.post(url, {"level": "administer", "reach": "all"}).status_code == 404
    assert in_force(cast.bruno) == {("Empresa B", "operate")}


def test_who_administers_nothing_is_refused(cast: Cast, client_of: ClientOf) -> None:
    assert client_of(cast.bruno).get(reverse("accounts:team")).status_code == 403
    url = reverse("accounts:team_of", args=[cast.company_b.pk])
    assert client_of(cast.bruno).get(url).status_code == 404


def test_invitations_are_limited(cast: Cast, carla: Client) -> None:
    cache.clear()
    answers = [
        invite(carla, cast.office, email=f"d{i}@exemplo.com.br").status_code for i in range(32)
    ]
    assert answers == [302] * 30 + [429] * 2


def test_the_list_costs_the_same_with_many_people(
    cast: Cast, carla: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    url, counts = reverse("accounts:team_of", args=[cast.office.pk]), []
    carla.get(url)
    for more in (1, 15):
        for i in range(more):
            make_grant(make_user(f"Pessoa {more} {i}"), cast.unit_office)
        with django_assert_max_num_queries(10) as seen:
            carla.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_many_people_go_by_pages_and_are_found_by_name_and_e_mail(
    cast: Cast, carla: Client
) -> None:
    for i in range(30):
        make_grant(make_user(f"Pessoa {i:02}"), cast.unit_office)
    zara = make_user("Zara Última")
    make_grant(zara, cast.office)
    first = page(carla, cast.office)
    assert "32 resultados" in first
    assert "Zara" not in first
    url = reverse("accounts:team_of", args=[cast.office.pk])
    for typed in ("zar", str(zara.email)):
        found = text(carla.get(url, {"q": typed}))
        assert "Zara Última" in found
        assert "Pessoa 01" not in found
    assert "Zara Última" in text(carla.get(url, {"sort": "-name"}))
    assert "Bruno" not in text(carla.get(url, {"q": "bruno"})), "who has no access here"


def test_a_few_people_need_no_filter(cast: Cast, carla: Client) -> None:
    assert "data-filter" not in page(carla, cast.office)
    url = reverse("accounts:team_of", args=[cast.office.pk])
    assert "Limpar" in text(carla.get(url, {"q": "ninguém"})), "the way back"
