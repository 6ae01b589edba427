"""The company a person works for, chosen in the top bar."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.accounts.access import active_context
from portal.accounts.context import IN_MENU
from portal.accounts.models import Grant
from tests.factories import Cast, make_company, make_grant, make_unit
from tests.portal.entrance import text

ClientOf = Callable[..., Client]
URL = "accounts:context"


def chosen(client: Client, user: object) -> object:
    request = RequestFactory().get("/")
    request.session, request.user = client.session, user  # type: ignore[assignment]
    return active_context(request)


def test_who_has_one_company_gets_no_switcher(cast: Cast, client_of: ClientOf) -> None:
    assert "Todas as empresas" not in text(client_of(cast.ana).get(reverse("ui:dashboard")))


def test_who_has_several_chooses_one_and_comes_back_to_the_page(
    cast: Cast, client_of: ClientOf
) -> None:
    make_grant(cast.ana, cast.company_b)
    ana = client_of(cast.ana)
    assert "Todas as empresas" in text(ana.get(reverse("accounts:profile")))
    here = reverse("accounts:profile") + "?a=1"
    response = ana.post(reverse(URL), {"company": cast.company_b.pk, "next": here})
    assert response["Location"] == here
    assert chosen(ana, cast.ana) == cast.company_b
    ana.post(reverse(URL), {"company": ""})
    assert chosen(ana, cast.ana) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://exemplo.com/",
        "//exemplo.com",
        "/\\exemplo.com",
        "javascript:alert(1)",
        "",
        "\x00/x",
    ],
)
def test_next_never_leaves_the_portal(cast: Cast, client_of: ClientOf, target: str) -> None:
    response = client_of(cast.bruno).post(reverse(URL), {"company": "", "next": target})
    assert response["Location"] == reverse("ui:dashboard")


def test_a_company_of_others_cannot_be_chosen(cast: Cast, client_of: ClientOf) -> None:
    ana = client_of(cast.ana)
    for value in (cast.company_b.pk, 999_999, 10**30):
        assert ana.post(reverse(URL), {"company": value}).status_code == 404
    assert chosen(ana, cast.ana) is None


def test_the_choice_falls_with_the_grant(cast: Cast, client_of: ClientOf) -> None:
    grant = make_grant(cast.ana, cast.company_b)
    ana = client_of(cast.ana)
    ana.post(reverse(URL), {"company": cast.company_b.pk})
    Grant.objects.filter(pk=grant.pk).delete()
    assert chosen(ana, cast.ana) is None
    assert ana.get(reverse("accounts:profile")).status_code == 200


def test_staff_who_see_every_client_search_instead_of_switching(
    cast: Cast, client_of: ClientOf
) -> None:
    assert "Todas as empresas" not in text(client_of(cast.admin).get(reverse("accounts:profile")))


def test_the_page_lists_and_finds_every_company(cast: Cast, client_of: ClientOf) -> None:
    for number in range(IN_MENU + 3):
        make_unit(company := make_company(f"Cliente {number:02d}"))
        make_grant(cast.carla, company)
    carla = client_of(cast.carla)
    assert "Ver todas as empresas" in text(carla.get(reverse("accounts:profile")))
    assert f"Cliente {IN_MENU + 2:02d}" in text(carla.get(reverse(URL)))
    found = text(carla.get(reverse(URL), {"busca": "cliente 05"}))
    assert 'value="">' in found
    assert "Cliente 05</button><span" in found
    assert "Cliente 06</button><span" not in found


def test_the_menu_costs_one_query_however_many_companies(
    cast: Cast, client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    carla = client_of(cast.carla)
    url = reverse("accounts:email_change")
    carla.get(url)
    for number in (1, 12):
        for i in range(number):
            make_unit(company := make_company(f"Cliente {number} {i}"))
            make_grant(cast.carla, company)
        with django_assert_num_queries(2):  # the person, the menu
            carla.get(url)
