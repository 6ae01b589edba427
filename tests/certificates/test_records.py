"""What a certificate says, as a typed record: each kind, each oddity of the wild."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.icp import (
    CertificateRecord,
    Kind,
    check_usable,
    is_icp_brasil,
    is_strict_der,
    read_certificate,
)
from certificates.icp.reading import MAX_BYTES
from certificates.signatures.cms import tlv
from portal.taxid import with_check_digits
from tests.certificates import authority
from tests.certificates.authority import (
    A3,
    CLIENT_AUTH,
    KEY,
    SEAL,
    SERVER_AUTH,
    Authority,
    attribute,
    company_names,
    der,
    full_company_names,
    other_name,
    pem,
    person_names,
)
from tests.factories import a_cnpj, a_cpf

CNPJ, ALPHANUMERIC = with_check_digits("112223330001"), with_check_digits("12ABC34501DE")
CPF = with_check_digits("314159265")
NOW = datetime.now(UTC)


@cache
def ca() -> Authority:
    return Authority.root().under("AC Teste v5")


@cache
def company_der() -> bytes:
    return der(ca().issue(full_company_names(CNPJ, CPF), subject="ACME LTDA:" + CNPJ))


def off_by_one(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def issued(names=None, **choices) -> CertificateRecord:
    return read_certificate(der(ca().issue(names, **choices)))


def code_of(data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        read_certificate(data)
    return str(caught.value.code)


# The kinds.


def test_an_e_cpf_is_its_person():
    made = ca().issue(person_names(CPF, rg="00000MG12345678"), subject="MARIA DA SILVA:" + CPF)
    record = read_certificate(der(made))
    assert (record.kind, record.name, record.cpf) == (Kind.E_CPF, "MARIA DA SILVA", CPF)
    assert (record.cnpj, record.tax_id, record.email) == ("", CPF, "pessoa@exemplo.com.br")
    assert record.person
    assert (record.person.name, record.person.rg) == ("MARIA DA SILVA", "MG12345678")
    assert (record.policy, record.policy_oid) == ("A1", authority.A1)
    assert record.issuer == "AC Teste v5"
    assert record.serial == f"{made.serial_number:x}"
    assert record.sha256 == made.fingerprint(hashes.SHA256()).hex()
    assert record.sha1 == made.fingerprint(hashes.SHA1()).hex()
    assert record.not_before == made.not_valid_before_utc
    assert record.not_after == made.not_valid_after_utc
    assert record.der == der(made)


def test_an_e_cnpj_is_its_company_and_who_answers_for_it():
    record = read_certificate(company_der())
    assert (record.kind, record.name, record.cnpj) == (Kind.E_CNPJ, "ACME LTDA", CNPJ)
    assert (record.cpf, record.tax_id) == (CPF, CNPJ)
    assert record.person
    assert (record.person.name, record.person.cpf) == ("JOSÉ DA SILVA", CPF)


def test_an_alphanumeric_cnpj_is_a_cnpj():
    assert issued(full_company_names(ALPHANUMERIC)).cnpj == ALPHANUMERIC


def test_a_company_whose_responsible_person_is_blank_is_a_company_still():
    blank = other_name("2.16.76.1.3.4", tlv(0x04, attribute("0" * 11, tail=" " * 10).encode()))
    record = issued([*company_names(CNPJ), blank])
    assert (record.kind, record.cnpj, record.cpf, record.person) == (Kind.E_CNPJ, CNPJ, "", None)


def test_a_seal_is_told_by_its_policy():
    for policy, label in ((SEAL, "seal-software"), ("2.16.76.1.2.202.7", "seal-hardware")):
        record = issued(full_company_names(CNPJ), policies=[policy])
        assert (record.kind, record.policy, record.cnpj) == (Kind.SEAL, label, CNPJ)


def test_a_seal_beside_another_policy_is_a_seal_still():
    """It must not pass for an e-CNPJ: it cannot express a company's will."""
    record = issued(full_company_names(CNPJ), policies=[A3, SEAL])
    assert (record.kind, record.policy_oid) == (Kind.SEAL, SEAL)


@pytest.mark.parametrize(
    ("names", "ekus"),
    [
        (company_names(CNPJ), [SERVER_AUTH, CLIENT_AUTH]),
        ([*company_names(CNPJ), x509.DNSName("www.exemplo.com.br")], [CLIENT_AUTH]),
        ([*company_names(CNPJ), other_name("2.16.76.1.3.8", tlv(4, b"ACME"))], [CLIENT_AUTH]),
        ([*company_names(CNPJ), other_name("2.16.76.1.3.8", tlv(4, b""))], [CLIENT_AUTH]),
        ([*person_names(CPF), x509.DNSName("maquina")], [CLIENT_AUTH]),
    ],
    ids=["serverAuth", "dNSName", "equipment", "equipment without a name", "person and dNSName"],
)
def test_a_server_is_told_by_any_of_its_signs(names, ekus):
    record = issued(names, ekus=ekus)
    assert record.kind == Kind.SERVER


def test_an_authority_is_nobody():
    made = ca().under("AC Empresa", names=full_company_names(CNPJ))
    record = read_certificate(der(made.certificate))
    assert (record.kind, record.person) == (Kind.OTHER, None)


def test_a_certificate_without_identity_is_of_another_kind():
    record = issued([], subject="FULANO:" + CPF)
    assert (record.kind, record.tax_id, record.person) == (Kind.OTHER, "", None)


@pytest.mark.parametrize(
    ("oid", "label"),
    [
        ("2.16.76.1.2.1.12", "A1"), ("2.16.76.1.2.2.1", "A2"), ("2.16.76.1.2.3.45.6", "A3"),
        ("2.16.76.1.2.4.3", "A4"), ("2.16.76.1.2.101.8", "S1"), ("2.16.76.1.2.102.8", "S2"),
        ("2.16.76.1.2.103.8", "S3"), ("2.16.76.1.2.104.8", "S4"),
        ("2.16.76.1.2.5.1", ""), ("2.16.76.1.2.11.1", ""), ("2.16.76.1.2.105.1", ""),
        ("2.16.76.1.2.203.1", ""), ("2.16.76.1.2.1", ""), ("12.16.76.1.2.1.1"[1:], "A1"),
        ("2.16.76.1.20.1.1", ""), ("1.3.6.1.4.1.99.1", ""),
    ],
)  # fmt: skip
def test_the_policy_is_told_by_its_arc(oid, label):
    record = issued(policies=[oid])
    assert (record.policy, record.policy_oid) == (label, oid)


def test_without_a_policy_there_is_none():
    record = issued(policies=[])
    assert (record.policy, record.policy_oid) == ("", "")


# What is no identity.


def test_a_cnpj_in_an_extension_of_its_own_is_no_identity():
    outside = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.16.76.1.3.3"), tlv(0x04, CNPJ.encode())
    )
    record = issued([x509.RFC822Name("a@exemplo.com.br")], extra=[(outside, False)])
    assert (record.kind, record.tax_id) == (Kind.OTHER, "")


@pytest.mark.parametrize(
    "number",
    [off_by_one(CNPJ), "0" * 14, " " * 14, CNPJ[:13], CNPJ + "0", "", off_by_one(ALPHANUMERIC)],
)
def test_a_cnpj_with_wrong_digits_is_absent(number):
    record = issued([other_name("2.16.76.1.3.3", tlv(0x04, number.encode()))])
    assert (record.kind, record.cnpj) == (Kind.OTHER, "")


@pytest.mark.parametrize("number", ["0" * 11, off_by_one(CPF), " " * 11])
def test_a_cpf_with_wrong_digits_is_absent(number):
    record = issued(person_names(number))
    assert (record.kind, record.cpf, record.person) == (Kind.OTHER, "", None)


def test_the_e_mail_comes_from_the_alternative_name_and_may_be_absurd():
    assert issued([x509.RFC822Name("a@exemplo.com.br")]).email == "a@exemplo.com.br"
    assert issued([x509.RFC822Name("a" * 300 + "@exemplo.com.br")]).email == ""
    assert issued([]).email == ""


# What the wild encodes otherwise.


@pytest.mark.parametrize("tag", [0x04, 0x13, 0x0C], ids=["octets", "printable", "utf8"])
def test_every_tag_of_the_attributes_is_read(tag):
    person = issued(person_names(CPF, tag=tag)).person
    assert person
    assert person.cpf == CPF
    company = issued(full_company_names(CNPJ, CPF, tag=tag))
    assert (company.cnpj, company.cpf) == (CNPJ, CPF)


def test_a_responsible_person_in_latin_1_is_read():
    name = other_name("2.16.76.1.3.2", tlv(0x04, "JOÃO CONCEIÇÃO".encode("latin-1")))
    fields = other_name("2.16.76.1.3.4", tlv(0x04, attribute(CPF).encode()))
    person = issued([*company_names(CNPJ), name, fields]).person
    assert person
    assert person.name == "JOÃO CONCEIÇÃO"


def test_an_explicit_critical_false_is_read_and_told():
    made = ca().issue(full_company_names(CNPJ, CPF))
    odd = authority.with_explicit_false(made, ca().key)
    record = read_certificate(odd)
    assert (record.kind, record.cnpj, record.der) == (Kind.E_CNPJ, CNPJ, odd)
    assert not is_strict_der(odd)
    assert is_strict_der(der(made))


def test_pem_is_read_whatever_stands_around_it():
    text = pem(ca().issue(person_names(CPF)))
    for data in (
        text,
        text.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + text,
        b"Bag Attributes\n    localKeyID: 01\nsubject=CN = X\n" + text + b"\n\n",
        authority.pem_key() + text,
    ):
        assert read_certificate(data).cpf == CPF


def test_of_a_chain_the_leaf_is_meant():
    leaf = ca().issue(person_names(CPF))
    for data in (pem(leaf, ca().certificate), pem(ca().certificate, leaf, leaf)):
        assert read_certificate(data).cpf == CPF


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_a_bundle_is_read(encoding):
    leaf = ca().issue(person_names(CPF))
    bundle = pkcs7.serialize_certificates([ca().certificate, leaf], encoding)
    assert read_certificate(bundle).cpf == CPF


def test_two_leaves_are_one_too_many():
    two = [ca().issue(), ca().issue()]
    assert code_of(pem(*two)) == "several_leaves"
    assert code_of(pkcs7.serialize_certificates(two, Encoding.DER)) == "several_leaves"


# What is no certificate.


@pytest.mark.parametrize(
    "data",
    [
        b"", b"nada", b"%PDF-1.7\n", b"\x30\x00", b"\x30\x03\x02\x01\x03",
        b"-----BEGIN CERTIFICATE-----\nnada\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n", authority.pem_key(), b"\x30" * (MAX_BYTES + 1),
        # A literal placeholder, which some servers send when there is no certificate.
        b"{tls_client_certificate_pem}",
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_said_to_be_unreadable(data):
    assert code_of(data) == "unreadable"


def test_a_cut_certificate_and_one_with_something_behind_are_unreadable():
    assert code_of(company_der()[:-1]) == "unreadable"
    assert code_of(company_der() + b"x") == "unreadable"


def test_a_pfx_is_told_from_a_certificate():
    assert code_of(authority.pfx(leaf=authority.certificate())) == "private_key"


def test_a_certificate_with_malformed_content_is_told_apart():
    spoilt = company_der().replace(tlv(0x17, f"{NOW:%y%m}".encode())[2:], b"99XX", 1)
    assert code_of(spoilt) == "malformed"


def test_an_extension_that_comes_twice_is_malformed():
    """Of two subjectAltNames each program would believe another."""
    good = asn1_x509.Certificate.load(company_der())
    san = next(
        e.dump()
        for e in good["tbs_certificate"]["extensions"]
        if e["extn_id"].native == "subject_alt_name"
    )
    extensions = b"".join(e.dump() for e in good["tbs_certificate"]["extensions"]) + san
    fields = [good["tbs_certificate"][name].dump() for name in FIELDS]
    body = tlv(0x30, *fields, tlv(0xA3, tlv(0x30, extensions)))
    rest = [good["signature_algorithm"].dump(), good["signature_value"].dump()]
    assert code_of(tlv(0x30, body, *rest)) == "malformed"


FIELDS = (
    "version", "serial_number", "signature", "issuer", "validity", "subject",
    "subject_public_key_info",
)  # fmt: skip


def test_an_absurd_serial_number_is_malformed():
    good = asn1_x509.Certificate.load(company_der())
    fields = [good["tbs_certificate"][name].dump() for name in FIELDS]
    fields[1] = tlv(0x02, b"\x01" * 5000)
    body = tlv(0x30, *fields)
    rest = [good["signature_algorithm"].dump(), good["signature_value"].dump()]
    assert code_of(tlv(0x30, body, *rest)) == "malformed"


@settings(max_examples=400)
@given(st.data())
def test_a_changed_byte_gives_a_record_or_a_plain_reason(data):
    sound = company_der()
    at = data.draw(st.integers(0, len(sound) - 1))
    try_to_read(sound[:at] + bytes([data.draw(st.integers(0, 255))]) + sound[at + 1 :])
    try_to_read(sound[:at])


@settings(max_examples=300)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\x30", b"\x30\x80", b"-----BEGIN "]))
def test_random_bytes_give_a_plain_reason(data, start):
    try_to_read(start + data)
    try_to_read(b"-----BEGIN CERTIFICATE-----\n" + data + b"\n-----END CERTIFICATE-----\n")


def try_to_read(data: bytes) -> None:
    try:
        record = read_certificate(data)
    except ValidationError as error:
        assert error.code in {"unreadable", "malformed", "private_key"}  # noqa: PT017
        return
    assert all(c.isprintable() for c in record.name + record.issuer + record.email)
    assert len(record.serial) <= 64


def test_very_deep_nesting_is_refused_quietly():
    deep = b""
    for _ in range(5000):
        deep = tlv(0x30, deep)
    try_to_read(deep)


# Whether it can be used.


def usable_code(record: CertificateRecord, at: datetime = NOW) -> str:
    try:
        check_usable(record, at)
    except ValidationError as error:
        assert error.messages[0]  # noqa: PT017
        return str(error.code)
    return ""


def test_people_companies_and_seals_can_be_used_while_they_are_valid():
    for record in (
        issued(person_names(CPF)),
        issued(full_company_names(CNPJ)),
        issued(full_company_names(CNPJ), policies=[SEAL]),
    ):
        assert usable_code(record) == ""
        assert is_icp_brasil(record)


def test_each_reason_against_using_it_has_its_code():
    assert usable_code(issued(start=-400, end=-1)) == "expired"
    assert usable_code(issued(start=1, end=400)) == "not_yet_valid"
    assert usable_code(issued([])) == "not_icp"
    assert usable_code(issued(policies=["1.3.6.1.4.1.99.1"])) == "not_icp"
    assert usable_code(issued(policies=[])) == "not_icp"
    assert usable_code(issued(company_names(CNPJ), ekus=[SERVER_AUTH])) == "server_certificate"


def test_a_policy_that_is_missing_is_told_as_such_and_not_as_a_missing_number():
    with pytest.raises(ValidationError, match="traz CPF ou CNPJ, mas não uma política"):
        check_usable(issued(policies=[]), NOW)
    with pytest.raises(ValidationError, match="não traz CPF nem CNPJ"):
        check_usable(issued([]), NOW)
    assert usable_code(read_certificate(der(ca().certificate))) == "not_icp"


def test_what_names_a_cpf_and_lacks_a_policy_is_not_told_that_it_names_none():
    with pytest.raises(ValidationError, match="política"):
        check_usable(issued(policies=[]), NOW)
    with pytest.raises(ValidationError, match="CPF nem CNPJ"):
        check_usable(issued([]), NOW)


def test_it_ends_at_its_last_instant():
    record = issued()
    assert usable_code(record, record.not_after - timedelta(seconds=1)) == ""
    assert usable_code(record, record.not_after) == "expired"
    assert usable_code(record, record.not_before) == ""
    assert usable_code(record, record.not_before - timedelta(seconds=1)) == "not_yet_valid"


def test_an_expired_server_is_told_to_be_a_server_first():
    record = issued([x509.DNSName("a.exemplo")], ekus=[SERVER_AUTH], start=-400, end=-1)
    assert usable_code(record) == "server_certificate"


def test_generated_numbers_are_what_they_say():
    assert issued(person_names(a_cpf()), key=KEY).kind == Kind.E_CPF
    assert issued(company_names(a_cnpj())).kind == Kind.E_CNPJ
