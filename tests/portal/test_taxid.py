"""CPF and CNPJ."""

import pytest
from django.core.exceptions import ValidationError

from portal import taxid


@pytest.mark.parametrize("value", ["11222333000181", "12ABC34501DE35"])
def test_published_examples_of_cnpj_are_valid(value):
    """12.ABC.345/01DE-35 is the example of Receita Federal's note on the alphanumeric CNPJ."""
    assert taxid.is_cnpj(value)


def test_a_mask_and_small_letters_do_not_matter():
    assert taxid.normalise("12.abc.345/01de-35") == "12ABC34501DE35"
    taxid.validate_tax_id("12.abc.345/01de-35")
    taxid.validate_tax_id("529.982.247-25")


@pytest.mark.parametrize("value", ["52998224724", "11111111111", "5299822472", "", "abc"])
def test_a_wrong_cpf_is_refused(value):
    with pytest.raises(ValidationError):
        taxid.validate_cpf(value)


@pytest.mark.parametrize(
    "value", ["11222333000180", "00000000000000", "12ABC34501DEAB", "12ABC34501DE36"]
)
def test_a_wrong_cnpj_is_refused(value):
    with pytest.raises(ValidationError):
        taxid.validate_cnpj(value)


def test_numbers_are_shown_with_their_mask():
    assert taxid.format_tax_id("52998224725") == "529.982.247-25"
    assert taxid.format_tax_id("12ABC34501DE35") == "12.ABC.345/01DE-35"
    assert taxid.mask_cpf("52998224725") == "***.982.247-**"
