"""The company, unit or inscrição that a person works for, chosen in the top bar or on its page."""

import re
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import Grant
from portal.accounts.places import Chosen
from portal.accounts.scope import IN_MENU, scope_of
from portal.taxid import format_tax_id
from tests.factories import Cast, make_company, make_document, make_grant, make_unit
from tests.portal.entrance import text

ClientOf = Callable[..., Client]
URL = "accounts:context"


def chosen(client: Client, user: object) -> Chosen:
    request = RequestFactory().get("/")
    request.session, request.user = client.session, user  # type: ignore[assignment]
    return scope_of(request).chosen


def test_who_has_one_company_gets_no_switcher(cast: Cast, client_of: ClientOf) -> None:
    assert "Todas as empresas e unidades" not in text(
        client_of(cast.ana).get(reverse("ui:dashboard"))
    )


def test_who_has_several_chooses_one_and_comes_back_to_the_page(
    cast: Cast, client_of: ClientOf
) -> None:
    make_grant(cast.ana, cast.company_b)
    ana = client_of(cast.ana)
    assert "Todas as empresas e unidades" in text(ana.get(reverse("accounts:profile")))
    here = reverse("accounts:profile") + "?a=1"
    response = ana.post(reverse(URL), {"company": cast.company_b.pk, "next": here})
    assert response["Location"] == here
    assert chosen(ana, cast.ana) == Chosen(cast.company_b)
    ana.post(reverse(URL), {"company": ""})
    assert chosen(ana, cast.ana) == Chosen()


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
    for value in (cast.unit_b1.pk, 999_999, 10**30):
        assert ana.post(reverse(URL), {"unit": value}).status_code == 404
    assert chosen(ana, cast.ana) == Chosen()


def test_the_choice_falls_with_the_grant(cast: Cast, client_of: ClientOf) -> None:
    grant = make_grant(cast.ana, cast.company_b)
    ana = client_of(cast.ana)
    ana.post(reverse(URL), {"company": cast.company_b.pk})
    Grant.objects.filter(pk=grant.pk).delete()
    assert chosen(ana, cast.ana) == Chosen()
    assert ana.get(reverse("accounts:profile")).status_code == 200


def test_a_unit_is_chosen_and_the_lists_follow_it(cast: Cast, client_of: ClientOf) -> None:
    make_grant(cast.ana, cast.company_a)
    make_document(cast.unit_a1, number="11111")
    make_document(cast.unit_a2, number="22222")
    ana = client_of(cast.ana)
    ana.post(reverse(URL), {"unit": cast.unit_a2.pk})
    assert chosen(ana, cast.ana) == Chosen(cast.company_a, cast.unit_a2)
    for name in ("invoices:list", "invoices:export_csv", "ui:dashboard"):
        response = ana.get(reverse(name))
        page = b"".join(response) if response.streaming else response.content
        assert b"22222" in page, name
        assert b"11111" not in page, name
    ana.post(reverse(URL), {"company": cast.company_a.pk})
    assert "11111" in text(ana.get(reverse("invoices:list")))


def test_the_chosen_unit_stands_in_the_top_bar(cast: Cast, client_of: ClientOf) -> None:
    make_grant(cast.ana, cast.company_a)
    ana = client_of(cast.ana)
    ana.post(reverse(URL), {"unit": cast.unit_a2.pk})
    for name in ("accounts:profile", "invoices:list"):
        page = text(ana.get(reverse(name)))
        assert f'<span class="menu-label">{cast.unit_a2}</span>' in page, name


def test_a_unit_that_was_chosen_is_in_the_switcher_however_many_there_are(
    cast: Cast, client_of: ClientOf
) -> None:
    for number in range(IN_MENU + 3):
        make_unit(cast.office, f"Loja {number:02d}", code=f"L{number:02d}")
    last = make_unit(cast.office, "Última", code="Z99")
    carla = client_of(cast.carla)
    carla.post(reverse(URL), {"unit": last.pk})
    assert '<span class="menu-label">Z99 – Última</span>' in text(
        carla.get(reverse("accounts:email_change"))
    )


def test_staff_who_see_every_client_search_instead_of_switching(
    cast: Cast, client_of: ClientOf
) -> None:
    page = text(client_of(cast.admin).get(reverse("accounts:profile")))
    assert "Todas as empresas e unidades" not in page


def test_a_choice_of_staff_who_have_no_switcher_narrows_nothing(
    cast: Cast, client_of: ClientOf
) -> None:
    """Proven before: the list of contested documents followed it, its card did not."""
    make_document(cast.unit_b1, number="RUIM", release="contested", release_at=timezone.now())
    admin = client_of(cast.admin)
    admin.post(reverse(URL), {"company": cast.company_a.pk})
    assert "RUIM" in text(admin.get(reverse("invoices:list"), {"release": "contested"}))


@pytest.mark.parametrize("key", ["9" * 5000, "9" * 30, "x", "-1", "²"])
def test_what_is_no_key_chooses_nothing(cast: Cast, client_of: ClientOf, key: str) -> None:
    bruno = client_of(cast.bruno)
    bruno.post(reverse(URL), {"unit": cast.unit_b1.pk})
    for name in ("unit", "company"):
        assert bruno.post(reverse(URL), {name: key}).status_code == 404
    assert bruno.session["context"]["unit"] == cast.unit_b1.pk


def test_the_page_lists_cnpj_company_unit_and_inscription(cast: Cast, client_of: ClientOf) -> None:
    cast.unit_b1.state_registration = "062.307904.00-81"
    cast.unit_b1.save()
    page = text(client_of(cast.bruno).get(reverse(URL)))
    for shown in (format_tax_id(cast.unit_b1.cnpj), "Empresa B", str(cast.unit_b1),
                  "062.307904.00-81"):  # fmt: skip
        assert shown in page
    assert cast.unit_a1.code not in page


@pytest.mark.parametrize("typed", ["loja 05", "L05", "{cnpj}", "{masked}", "{root}", "0620-5"])
def test_the_page_finds_by_whatever_one_knows(cast: Cast, client_of: ClientOf, typed: str) -> None:
    for number in range(12):
        make_unit(
            cast.office, f"Loja {number:02d}", code=f"L{number:02d}",
            state_registration=f"0620-{number}",
        )  # fmt: skip
    cnpj = cast.office.units.get(code="L05").cnpj
    query = typed.format(cnpj=cnpj, masked=format_tax_id(cnpj), root=cnpj[:8])
    found = text(client_of(cast.carla).get(reverse(URL), {"busca": query}))
    found = found[found.index("<tbody>") : found.index("</tbody>")]
    assert "Loja 05" in found
    assert "Loja 06" not in found


def test_thousands_of_units_are_paged(cast: Cast, client_of: ClientOf) -> None:
    for number in range(60):
        make_unit(cast.office, f"Loja {number:02d}", code=f"L{number:02d}")
    carla, seen, url = client_of(cast.carla), set(), reverse(URL)
    for _page in range(3):
        page = text(carla.get(url))
        seen |= set(re.findall(r">(L\d\d) – Loja", page))
        following = re.search(r'rel="next" href="(\?cursor=[^"]+)"', page)
        url = reverse(URL) + following[1].replace("&amp;", "&") if following else url
    assert len(seen) == 60


def test_the_page_costs_the_same_for_few_and_many_units(
    cast: Cast, client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    carla = client_of(cast.carla)
    carla.get(reverse(URL))
    for number in (1, 30):
        for i in range(number):
            make_unit(cast.office, code=f"C{number}{i}")
        with django_assert_num_queries(4):  # the person, the grants, the list, the menu
            carla.get(reverse(URL))


def test_the_menu_costs_two_queries_however_many_companies(
    cast: Cast, client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    carla = client_of(cast.carla)
    url = reverse("accounts:email_change")
    carla.get(url)
    for number in (1, 12):
        for i in range(number):
            make_unit(company := make_company(f"Cliente {number} {i}"))
            make_grant(cast.carla, company)
        with django_assert_num_queries(3):  # the person, the grants, the menu
            carla.get(url)
