"""The table of municipalities, and the fields that take one."""

from collections import Counter

import pytest
from django import forms
from django.core.management import call_command
from django.test import Client

from portal.accents import letters
from portal.municipalities.forms import CepField, PlaceFields
from portal.municipalities.models import Municipality
from portal.municipalities.table import rows
from portal.states import STATES

pytestmark = [pytest.mark.django_db, pytest.mark.both]
# Their last digit does not follow the rule; the IBGE keeps them so.
WITHOUT_RULE = {
    2201919, 2201988, 2202251, 2611533, 3117836, 3152131, 4305871, 5203939, 5203962,
}  # fmt: skip
PREFIXES = {"MG": 31, "SP": 35, "RJ": 33, "DF": 53, "RO": 11, "RS": 43, "TO": 17, "MT": 51}


def last_digit(code: int) -> int:
    """Weights 1 and 2 in turn, digits of the products added up, modulo 10."""
    products = [int(d) * (1 + i % 2) for i, d in enumerate(str(code)[:6])]
    return -sum(p // 10 + p % 10 for p in products) % 10


class Address(PlaceFields, forms.Form):
    cep = CepField()


def address(**typed: str) -> Address:
    return Address({"state": "MG", "city": "Belo Horizonte", "cep": "30110-000", **typed})


def test_all_5571_are_in_the_table_with_their_codes():
    assert Municipality.objects.count() == 5571
    for code, name in {
        3106200: "Belo Horizonte - MG", 3550308: "São Paulo - SP", 5300108: "Brasília - DF",
        1100205: "Porto Velho - RO", 2605459: "Fernando de Noronha - PE",
        5101837: "Boa Esperança do Norte - MT", 3304557: "Rio de Janeiro - RJ",
    }.items():  # fmt: skip
        assert str(Municipality.objects.get(pk=code)) == name


def test_the_codes_follow_the_rule_of_their_digit_and_of_their_state():
    found = list(rows())
    assert {code for code, _n, _s in found if last_digit(code) != code % 10} == WITHOUT_RULE
    assert {state for _c, _n, state in found} == set(STATES)
    of_state = {(str(code)[:2], state) for code, _n, state in found}
    assert len(of_state) == 27
    assert {(str(code), state) for state, code in PREFIXES.items()} <= of_state


def test_a_typed_name_is_one_municipality_of_its_state():
    twice = Counter((state, letters(name)) for _c, name, state in rows())
    assert [key for key, count in twice.items() if count > 1] == []


@pytest.mark.parametrize(
    ("state", "typed", "code"),
    [
        ("MG", "belo horizonte", 3106200), ("SP", "SAO PAULO", 3550308),
        ("MG", "Pingo d Agua", 3150539), ("SP", "santa bárbara d’oeste", 3545803),
    ],
)  # fmt: skip
def test_accents_capitals_and_marks_do_not_matter(state, typed, code):
    form = address(state=state, city=typed)
    assert form.is_valid()
    assert form.cleaned_data["municipality"] == code
    assert form.cleaned_data["city"] == Municipality.objects.get(pk=code).name


def test_a_name_of_another_state_or_of_none_is_refused_with_what_is_alike():
    assert address(state="SP").errors["city"] == [
        "Não há “Belo Horizonte” em SP. Parecidos: Novo Horizonte."
    ]
    assert address(city="Xyz").errors["city"] == ["Não há “Xyz” em MG. Confira o nome e o estado."]
    [said] = address(city="Belo Horisonte").errors["city"]
    assert str(said).startswith("Não há “Belo Horisonte” em MG. Parecidos: Belo Horizonte")
    assert "<script>" not in str(address(city="<script>")["city"])


@pytest.mark.parametrize(
    "typed", ["3011000", "301100000", "abcdefgh", "00000-000", "３０１１０000"]
)
def test_a_cep_has_eight_digits(typed):
    assert address(cep=typed).errors["cep"] == ["O CEP tem oito dígitos, como 30110-000."]


def test_a_cep_is_taken_with_and_without_its_marks():
    for typed in ("30110-000", "30110000", " 30.110-000 "):
        form = address(cep=typed)
        assert form.is_valid()
        assert form.cleaned_data["cep"] == "30110000"


def test_the_list_holds_the_names_of_the_state_that_was_chosen():
    page = Client().get("/municipios/", {"state": "RO"}).content.decode()
    assert page.count("<option") == 52
    assert 'value="Espigão D&#x27;Oeste"' in page
    assert Client().get("/municipios/", {"state": "XX"}).content == b""
    assert str(address(state="RO")["city"]).count("<option") == 52


@pytest.mark.django_db(transaction=True)
def test_the_table_is_there_after_a_test_that_empties_the_others():
    call_command("flush", interactive=False, verbosity=0)
    assert Municipality.objects.count() == 5571
