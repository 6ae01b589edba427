"""What is compared without accents: as people type it, whatever their keyboard composes."""

import unicodedata

import pytest

from portal.accents import letters, plain, without_accents


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_go_however_they_are_composed_and_only_case_goes_besides(form):
    text = unicodedata.normalize(form, "Ação nº 1, Ünião–D'Água")
    assert without_accents(text) == "Acao no 1, Uniao–D'Agua"
    assert plain(text) == "acao no 1, uniao–d'agua"


def test_of_letters_blanks_and_punctuation_go_too():
    assert letters("Pingo-d'Água") == letters(" PINGO D AGUA ") == "pingodagua"
    assert letters("CPF/CNPJ 2ª via") == "cpfcnpj2avia"
    assert letters(" -\u0301") == ""
