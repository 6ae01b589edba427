"""Fields in which a company, a unit or a person is found as one types."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.finding import KINDS, SHOWN
from portal.accounts.forms.fields import CPFField
from portal.accounts.pickers import FIND, CompanyField, PersonField, PickingForm, UnitField
from portal.taxid import format_tax_id
from tests.factories import Cast, make_company, make_unit, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ClientOf = Callable[..., Client]


class OrderForm(PickingForm):
    unit = UnitField()
    company = CompanyField(required=False)
    person = PersonField(required=False)
    cpf = CPFField()


def texts(kind: str, user: object, typed: str) -> list[str]:
    return [match.text for match in KINDS[kind].find(user, typed).rows]


def test_a_unit_is_found_by_code_name_company_and_number(cast: Cast) -> None:
    company = make_company("Secretaria de Educação")
    unit = make_unit(company, code="EDU-07", name="Escola do Campo")
    for typed in ("edu", "EDU-07", "escola", "secret educ", "secretaria escola", "campo secret"):
        assert texts("unit", cast.faturista, typed) == [str(unit)], typed
    assert texts("unit", cast.faturista, "nada parecido") == []
    assert texts("unit", cast.faturista, " ") == []


def test_a_company_is_found_by_its_number_and_a_person_by_name_cpf_and_mail(cast: Cast) -> None:
    number = format_tax_id(cast.company_b.tax_id)
    assert texts("company", cast.faturista, number) == [cast.company_b.name]
    for typed in (
        cast.bruno.name.split()[-1],
        format_tax_id(cast.bruno.cpf),
        (cast.bruno.email or "")[:6],
    ):
        assert cast.bruno.name in texts("person", cast.faturista, typed)


def test_only_what_the_person_may_see_is_found_or_taken(cast: Cast) -> None:
    theirs = cast.unit_b1
    assert texts("unit", cast.ana, theirs.code) == []
    assert texts("company", cast.ana, cast.company_b.name) == []
    assert texts("person", cast.ana, cast.bruno.name) == []
    sent = {"unit": str(theirs), "unit_key": str(theirs.pk), "unit_key_text": str(theirs)}
    form = OrderForm({**sent, "cpf": ""}, user=cast.ana)
    assert form["unit"].errors == ["Nada encontrado com este texto."]
    assert str(theirs) not in str(form["unit"]).replace(f'value="{theirs}"', "")


def test_what_is_inactive_is_not_found(cast: Cast) -> None:
    gone = make_unit(cast.company_a, code="FIM-01", name="Fechada")
    gone.is_active = False
    gone.save()
    person = make_user("Nilo Inativo", is_active=False)
    assert texts("unit", cast.faturista, "FIM") == []
    assert texts("person", cast.faturista, person.name) == []


def test_the_key_counts_only_for_the_text_for_which_it_was_chosen(cast: Cast) -> None:
    one, other = cast.unit_a1, cast.unit_b1
    chosen = {"unit": str(one), "unit_key": str(one.pk), "unit_key_text": str(one)}
    form = OrderForm(chosen, user=cast.faturista)
    form.is_valid()
    assert form.cleaned_data["unit"] == one
    form = OrderForm({**chosen, "unit": other.code}, user=cast.faturista)
    form.is_valid()
    assert form.cleaned_data["unit"] == other


def test_several_that_go_with_a_text_are_there_to_choose_from(cast: Cast) -> None:
    company = make_company("Gráfica Pauta")
    first, second = (make_unit(company, code=f"GRA-{n}", name=f"Loja {n}") for n in (1, 2))
    form = OrderForm({"unit": "gra"}, user=cast.faturista)
    assert form["unit"].errors == ["Escolha um dos que combinam com este texto."]
    keys = re.findall(r'type="radio" name="unit_key" value="(\d+)"', str(form["unit"]))
    assert keys == [str(first.pk), str(second.pk)]
    form = OrderForm(
        {"unit": "gra", "unit_key_text": "gra", "unit_key": keys[1]}, user=cast.faturista
    )
    form.is_valid()
    assert form.cleaned_data["unit"] == second


@pytest.mark.parametrize("key", ["x", "²", "9" * 30, "-1", "0", "\0"])
def test_a_key_that_is_none_is_told_and_never_breaks(cast: Cast, key: str) -> None:
    sent = {"unit": "qualquer", "unit_key": key, "unit_key_text": "qualquer"}
    assert OrderForm(sent, user=cast.faturista)["unit"].errors


def test_more_than_twenty_are_cut_and_said_so(cast: Cast) -> None:
    company = make_company("Rede Ampla")
    for n in range(SHOWN + 1):
        make_unit(company, code=f"RED-{n:02}")
    found = KINDS["unit"].find(cast.faturista, "red")
    assert len(found.rows) == SHOWN
    assert found.more
    assert [match.text[:6] for match in found.rows] == [f"RED-{n:02}" for n in range(SHOWN)]


def test_searching_judges_nothing_and_keeps_what_was_typed(cast: Cast) -> None:
    form = OrderForm({"unit": cast.unit_a1.code, "cpf": "12", FIND: "unit"}, user=cast.faturista)
    assert not form.is_valid()
    assert not form.errors
    page = str(form)
    assert 'value="12"' in page
    assert f'name="unit_key" value="{cast.unit_a1.pk}"' in page
    assert "1 encontrado" in page


def test_the_address_offers_options_and_is_limited(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = client_of(cast.faturista)
    page = staff.get(reverse("accounts:find_unit"), {"q": cast.unit_a1.code}).content.decode()
    assert f'data-key="{cast.unit_a1.pk}"' in page
    assert 'role="option"' in page
    monkeypatch.setattr("portal.accounts.views.finding.limited", lambda *_: True)
    assert staff.get(reverse("accounts:find_unit"), {"q": "x"}).status_code == 429
