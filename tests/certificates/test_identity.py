"""Who a certificate names: the otherNames count, the CN does not."""

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.cms import tlv
from certificates.icp.identity import holder_of, other_names
from tests.certificates.authority import certificate, other_name
from tests.factories import a_cnpj, a_cpf


def parsed(names, subject="NOME DA EMPRESA"):
    made = certificate(names=names, subject=subject)
    return x509.Certificate.load(made.public_bytes(Encoding.DER))


@pytest.mark.parametrize("tag", [0x04, 0x13, 0x0C], ids=["octets", "printable", "utf8"])
def test_the_cnpj_is_read_whatever_its_tag(tag):
    cnpj = a_cnpj()
    assert holder_of(parsed([other_name("2.16.76.1.3.3", tlv(tag, cnpj.encode()))])).tax_id == cnpj


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


def test_latin_1_is_read_where_it_is_not_utf_8():
    names = other_names(parsed([other_name("2.16.76.1.3.2", tlv(0x04, "JOSÉ".encode("latin-1")))]))
    assert names["2.16.76.1.3.2"] == "JOSÉ"
