"""What is read of fiscal notes: national, ABRASF, their events; and what no XML may do."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from orders.nfse.content import orders_named, rate_of
from orders.nfse.keys import check_digit, read_key
from orders.nfse.reading import read, read_files
from orders.nfse.xml import parse
from portal.taxid import with_check_digits
from tests.factories import a_cpf
from tests.factories.nfse import (
    CITY,
    PROVIDER,
    abrasf_1,
    abrasf_2,
    abrasf_list,
    event_of,
    make_key,
    national_note,
)


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as error:
        read(data)
    return str(error.value.code)


@pytest.mark.parametrize("version", ["1.00", "1.01"])
def test_a_national_note_is_read_field_by_field(version: str) -> None:
    taker, key = a_cpf(), make_key(42)
    data = national_note(taker=taker, key=key, text="Pedido 2758387", version=version)
    [note], events = read(data)
    assert events == []
    assert (note.layout, note.version, note.identity) == ("national", version, key)
    assert (note.key, note.number) == (key, "42")
    assert note.issued_at == datetime(2026, 3, 10, 13, 0, 5, tzinfo=UTC)
    assert note.competence == date(2026, 3, 10)
    assert (note.provider.tax_id, note.provider.name) == (PROVIDER, "AR Exemplo Ltda.")
    assert (note.taker.tax_id, note.taker.name) == (taker, "Tomador")
    assert (note.service_cents, note.base_cents, note.iss_cents) == (15_000, 15_000, 300)
    assert (note.net_cents, note.rate, note.iss_withheld) == (15_000, Decimal("2.0000"), False)
    assert (note.orders, note.rps_number, note.is_test, note.xml) == ([2758387], "7", False, data)


def test_the_key_is_fifty_characters_whose_digit_is_checked() -> None:
    key = make_key(7)
    found = read_key(key)
    assert found is not None
    assert (found.city, found.tax_id, found.number) == (CITY, PROVIDER, 7)
    wrong = key[:-1] + str((int(key[-1]) + 1) % 10)
    assert read_key(wrong) is None
    assert refusal(national_note(taker=a_cpf(), key=wrong)) == "key"
    assert read_key(key[:-1]) is None


def test_the_key_of_an_alphanumeric_cnpj_stays_text() -> None:
    cnpj = with_check_digits("12ABC3450001")
    key = make_key(7, provider=cnpj)
    found = read_key(key)
    assert found is not None
    assert found.tax_id == cnpj


@pytest.mark.parametrize(
    ("body", "digit"),
    # Modulo 11, weights 2 to 9 from the right: reckoned by hand for these two.
    [("0" * 49, "0"), ("0" * 48 + "1", "9")],
)
def test_the_digit_is_modulo_eleven(body: str, digit: str) -> None:
    assert check_digit(body) == digit


@pytest.mark.parametrize(
    ("code", "other"), [("101101", ""), ("105102", make_key()), ("305101", "")]
)
def test_an_event_says_which_note_it_is_about(code: str, other: str) -> None:
    key = make_key()
    notes, [event] = read(event_of(key, code, other=other))
    assert notes == []
    assert (event.note, event.code, event.other) == (key, code, other)
    assert event.at == datetime(2026, 3, 12, 12, 30, tzinfo=UTC)
    assert event.reason == "Erro na emissão"
    assert event.identity == f"{key}:{code}:1"


def test_abrasf_1_is_read_with_its_cancellation() -> None:
    taker = a_cpf()
    text = abrasf_1(taker=taker, number=99, cancelled="2012-02-01T10:00:00")
    [note], [event] = read(text.encode())
    assert (note.layout, note.version) == ("abrasf", "1.0")
    assert note.identity == f"{CITY}:{PROVIDER}:99"
    assert (note.key, note.verification_code) == ("", "ABCD-1234")
    # Written without its zone: Brasília time, with the summer time of 2012.
    assert note.issued_at == datetime(2012, 1, 12, 10, 31, tzinfo=UTC)
    assert (note.rate, note.iss_withheld) == (Decimal("2.0000"), True)
    assert (note.deductions_cents, note.base_cents, note.net_cents) == (1_000, 14_000, 14_720)
    assert (note.taker.tax_id, note.rps_number) == (taker, "12")
    assert (event.note, event.code, event.at.day) == (note.identity, "A-CANC", 1)


@pytest.mark.parametrize(("later", "version"), [(False, "2.02"), (True, "2.04")])
def test_abrasf_2_is_read_with_its_substitution(later: bool, version: str) -> None:
    taker = a_cpf()
    data = abrasf_list(abrasf_2(taker=taker, number=5, later=later, replaced_by=6))
    [note], [event] = read(data)
    assert (note.version, note.taker.tax_id, note.rps_number) == (version, taker, "44")
    assert (note.provider.tax_id, note.competence) == (PROVIDER, date(2024, 5, 1))
    assert (note.rate, note.iss_cents, note.iss_withheld) == (Decimal("2.5000"), 375, False)
    assert (event.code, event.other) == ("A-SUBS", f"{CITY}:{PROVIDER}:6")


def test_each_note_of_a_list_becomes_a_file_without_its_neighbours() -> None:
    first, second = a_cpf(), a_cpf()
    notes, _events = read(abrasf_list(abrasf_2(taker=first), abrasf_2(taker=second)))
    assert [note.taker.tax_id for note in notes] == [first, second]
    assert second.encode() not in notes[0].xml
    [alone], _events = read(notes[0].xml)
    assert alone.taker.tax_id == first
    assert b'xmlns:n="http://www.abrasf.org.br/nfse.xsd"' in notes[0].xml


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<NFSe", "xml"),
        (b"", "xml"),
        (b'<?xml version="1.0" encoding="x-none"?><NFSe/>', "xml"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><NFSe>&x;</NFSe>', "dtd"),
        (b'<!DOCTYPE a SYSTEM "http://exemplo.com.br/a.dtd"><NFSe/>', "dtd"),
        (b"<a>" * 60 + b"</a>" * 60, "too_large"),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", "too_large"),
        (b"<a>" + b" " * 1024**2 + b"</a>", "too_large"),
        (b"<nfeProc/>", "kind"),
        (b"<DPS/>", "kind"),
        (b"<pedRegEvento/>", "kind"),
        (b"<NFSe><infNFSe/></NFSe>", "empty"),
        (b"<CompNfse/>", "empty"),
    ],
)
def test_what_is_no_note_is_refused_with_its_reason(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_a_wrong_value_is_named() -> None:
    good = national_note(taker=a_cpf())
    for before, after in [
        (b"<vServ>150.00</vServ>", b"<vServ>1.234,56</vServ>"),
        (b"<vServ>150.00</vServ>", b"<vServ>-1.00</vServ>"),
        (b"<vServ>150.00</vServ>", b"<vServ>NaN</vServ>"),
        (b"<dCompet>2026-03-10</dCompet>", b"<dCompet>10/03/2026</dCompet>"),
        (b"<dCompet>2026-03-10</dCompet>", b"<dCompet>0001-01-01</dCompet>"),
        (b"<pAliqAplic>2.00</pAliqAplic>", b"<pAliqAplic>200</pAliqAplic>"),
        (b"<CPF>", b"<CPF>1"),
    ]:
        assert before in good
        assert refusal(good.replace(before, after)) == "value"


def test_one_bad_file_spoils_no_other() -> None:
    first, bad = read_files([national_note(taker=a_cpf()), b"<x"])
    assert (len(first.notes), first.error) == (1, "")
    assert (bad.notes, bool(bad.error)) == ([], True)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Certificado e-CPF, pedido nº 2.758.387.", [2758387]),
        ("PEDIDO: 2732509", [2732509]),
        ("Pedidos 2758387 e 2732509", [2758387, 2732509]),
        ("Pedido no 2758387 / Pedido 2758387", [2758387]),
        ("Conforme despedido 2758387", []),
        ("Certificado A1, 1 ano", []),
        ("pedido " * 5_000, []),
    ],
)
def test_orders_are_found_in_a_description(text: str, numbers: list[int]) -> None:
    assert orders_named(text) == numbers


def test_a_rate_below_one_is_a_fraction() -> None:
    assert rate_of("0.05", "x") == Decimal("5.0000")
    assert rate_of("2", "x") == Decimal("2.0000")
    assert rate_of("", "x") is None


def test_latin_1_is_read_as_it_says() -> None:
    text = national_note(taker=a_cpf(), taker_name="José").decode()
    data = text.replace("UTF-8", "ISO-8859-1").encode("iso-8859-1")
    [note], _events = read(data)
    assert note.taker.name == "José"
    assert parse(data).attrib["versao"] == "1.01"
