"""Whom a certificate names: the otherNames count, the CN does not."""

from datetime import date

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from certificates.icp.identity import common_name, holder_of, other_names, person_of
from certificates.icp.record import Person
from certificates.signatures.cms import tlv
from portal.states import STATES
from portal.taxid import with_check_digits
from tests.certificates.authority import attribute, certificate, other_name
from tests.factories import a_cnpj, a_cpf

CPF = with_check_digits("314159265")


def parsed(names, subject="NOME DA EMPRESA"):
    made = certificate(names=names, subject=subject)
    return x509.Certificate.load(made.public_bytes(Encoding.DER))


@pytest.mark.parametrize(
    "tag", [0x04, 0x13, 0x0C, 0x16], ids=["octets", "printable", "utf8", "ia5"]
)
def test_the_cnpj_is_read_whatever_its_tag(tag):
    cnpj = a_cnpj()
    assert holder_of(parsed([other_name("2.16.76.1.3.3", tlv(tag, cnpj.encode()))])).tax_id == cnpj


def test_the_cnpj_is_read_from_a_bmp_string():
    cnpj = a_cnpj()
    bmp = tlv(0x1E, cnpj.encode("utf-16-be"))
    assert holder_of(parsed([other_name("2.16.76.1.3.3", bmp)])).tax_id == cnpj


def test_an_alphanumeric_cnpj_is_read():
    cnpj = a_cnpj("12ABC345")
    assert holder_of(parsed([other_name("2.16.76.1.3.3", tlv(0x04, cnpj.encode()))])).tax_id == cnpj


def test_the_cpf_of_a_person_is_read_from_its_fixed_place():
    cpf = a_cpf()
    text = "01011980" + cpf + "0" * 26 + "SSPMG "
    assert holder_of(parsed([other_name("2.16.76.1.3.1", tlv(0x04, text.encode()))])).tax_id == cpf


def test_a_number_in_the_cn_alone_is_no_identity():
    holder = holder_of(parsed(None, subject="EMPRESA:12345678000195"))
    assert (holder.name, holder.tax_id) == ("EMPRESA", "")


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("MARIA DA SILVA:12345678909", "MARIA DA SILVA"),
        ("ACME: PEÇAS LTDA:12ABC34501DE35", "ACME: PEÇAS LTDA"),
        ("ACME : 12.345.678/0001-95", "ACME"),
        ("ACME: DISTRIBUIDORA", "ACME: DISTRIBUIDORA"),
        ("SEM NUMERO", "SEM NUMERO"),
    ],
)
def test_the_name_loses_its_number_and_nothing_else(subject, name):
    assert holder_of(parsed(None, subject=subject)).name == name


def test_latin_1_is_read_where_it_is_not_utf_8():
    names = other_names(parsed([other_name("2.16.76.1.3.2", tlv(0x04, "JOSÉ".encode("latin-1")))]))
    assert names["2.16.76.1.3.2"] == "JOSÉ"


def test_utf_8_is_read_where_it_is():
    names = other_names(parsed([other_name("2.16.76.1.3.2", tlv(0x04, "JOSÉ".encode()))]))
    assert names["2.16.76.1.3.2"] == "JOSÉ"


def test_the_name_is_read_in_latin_1_under_the_wrong_tag_too():
    """A CN that says UTF8String and is Latin-1, as some old authorities wrote it."""
    der = certificate(subject="JOS#").public_bytes(Encoding.DER)
    name = x509.Certificate.load(der.replace(b"JOS#", "JOSÉ".encode("latin-1"))).subject
    assert common_name(name) == "JOSÉ"


def test_control_characters_never_come_out():
    names = other_names(parsed([other_name("2.16.76.1.3.2", tlv(0x04, b"ANA\x00\x1b[31m\nLIMA"))]))
    assert names["2.16.76.1.3.2"] == "ANA  [31m LIMA"


def test_two_numbers_for_one_attribute_are_none():
    twice = [other_name("2.16.76.1.3.3", tlv(0x04, a_cnpj().encode())) for _ in range(2)]
    assert holder_of(parsed(twice)).tax_id == ""


def test_the_same_number_twice_is_that_number():
    cnpj = a_cnpj()
    tags = (0x04, 0x13)
    twice = [other_name("2.16.76.1.3.3", tlv(tag, cnpj.encode())) for tag in tags]
    assert holder_of(parsed(twice)).tax_id == cnpj


@pytest.mark.parametrize("value", [b"", b"\x04", b"\x04\x7f", b"\x04\x82\xff\xff0"])
def test_a_broken_value_is_passed_over(value):
    cnpj = a_cnpj()
    der = certificate(
        names=[
            other_name("2.16.76.1.3.2", tlv(0x04, b"~" * 6)),
            other_name("2.16.76.1.3.3", tlv(0x04, cnpj.encode())),
        ]
    ).public_bytes(Encoding.DER)
    broken = der.replace(tlv(0x04, b"~" * 6), (value + b"\0" * 8)[:8])
    assert holder_of(x509.Certificate.load(broken)).tax_id == cnpj


# What a person's attribute says.


def test_a_whole_person_is_read():
    text = attribute(CPF, birth="29022000", nis="12345678901", rg="00000MG12345678", tail="SSPMG")
    person = person_of(text, "ANA")
    assert person
    assert (person.name, person.cpf, person.birth) == ("ANA", CPF, date(2000, 2, 29))
    assert (person.nis, person.rg) == ("12345678901", "MG12345678")
    assert (person.rg_issuer, person.rg_state) == ("SSP", "MG")


@pytest.mark.parametrize(
    ("tail", "body", "state"),
    [
        ("", "", ""),
        (" " * 6, "", ""),
        (" " * 10, "", ""),
        ("000000", "", ""),
        ("SSPMG", "SSP", "MG"),
        ("SSP MG", "SSP", "MG"),
        ("SSPMG ", "SSP", "MG"),
        ("DETRANRJ", "DETRAN", "RJ"),
        ("SSPSP     ", "SSP", "SP"),
        ("SSP     BA", "SSP", "BA"),
        ("SESPDCPR", "SESPDC", "PR"),
        ("SSP   ", "SSP", ""),
        ("SSP       ", "SSP", ""),
        ("    RS", "", "RS"),
    ],
)
def test_issuing_body_and_state_are_read_from_what_is_there(tail, body, state):
    person = person_of(attribute(CPF, rg="000000001234567", tail=tail), "ANA")
    assert person
    assert (person.rg, person.rg_issuer, person.rg_state) == ("1234567", body, state)


@pytest.mark.parametrize("length", range(45, 56))
def test_every_length_seen_in_the_wild_is_read(length):
    text = attribute(CPF, tail="ORGAO EMI"[: max(length - 47, 0)] + "MG")[:length].ljust(length)
    person = person_of(text, "ANA")
    assert person
    assert person.cpf == CPF


@pytest.mark.parametrize("birth", ["00000000", "31022000", "        ", "0101198A", "٠١٠١١٩٨٠"])
def test_a_birth_that_is_no_day_is_left_out(birth):
    person = person_of(attribute(CPF, birth=birth), "ANA")
    assert person
    assert person.birth is None


@pytest.mark.parametrize(
    "cpf", ["0" * 11, "1" * 11, "12345678900", " " * 11, "1234567890A", "٣١٤١٥٩٢٦٥٣١"]
)
def test_without_a_right_cpf_there_is_nobody(cpf):
    assert person_of(attribute(cpf), "ANA") is None


def test_a_short_attribute_names_nobody():
    assert person_of("01011980" + CPF[:10], "ANA") is None
    assert person_of("", "ANA") is None


@given(
    st.builds(
        Person,
        name=st.just("ANA"),
        cpf=st.integers(1, 999_999_998)
        .map(lambda n: f"{n:09d}")
        .filter(lambda body: len(set(body)) > 1)
        .map(with_check_digits),
        birth=st.dates(date(1900, 1, 1), date(2020, 12, 31)),
        nis=st.from_regex("[1-9][0-9]{10}", fullmatch=True),
        rg=st.from_regex("[A-Z1-9][A-Z0-9]{0,13}X?", fullmatch=True),
        rg_issuer=st.from_regex("[A-Z]{2,8}", fullmatch=True),
        rg_state=st.sampled_from(STATES),
    ),
    st.sampled_from([0, 4, 8]),
)
def test_what_was_written_in_fixed_width_is_read_back(person, width):
    tail = person.rg_issuer.ljust(width) + person.rg_state
    birth, rg = f"{person.birth:%d%m%Y}", person.rg.rjust(15, "0")
    text = attribute(person.cpf, birth=birth, nis=person.nis, rg=rg, tail=tail)
    assert person_of(text, "ANA") == person


@given(st.text(max_size=60))
def test_any_text_names_a_right_cpf_or_nobody(text):
    person = person_of(text, "ANA")
    assert person is None or len(person.cpf) == 11
