"""Reading a PFX: each thing that can be wrong has its own message."""

import base64
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ValidationError

from certificates.icp.pfx import read_pfx
from certificates.icp.pkcs12 import derive, open_pkcs12
from tests.certificates import authority
from tests.certificates.authority import KEY, OTHER_KEY, PASSWORD, certificate, legacy, pfx

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


def code_of(data: bytes, password: str = PASSWORD) -> str:
    with pytest.raises(ValidationError) as caught:
        read_pfx(data, password)
    return str(caught.value.code)


def test_key_leaf_and_chain_come_out_of_a_sound_file():
    leaf, above = (
        certificate(issuer_key=OTHER_KEY),
        certificate(key=OTHER_KEY, subject="AC Teste", ca=True),
    )
    pair = read_pfx(pfx(leaf=leaf, others=[above]), PASSWORD)
    assert pair.certificate.dump() == leaf.public_bytes(Encoding.DER)
    assert [c.dump() for c in pair.others] == [above.public_bytes(Encoding.DER)]
    assert pair.key.private_numbers() == KEY.private_numbers()


def test_the_wrong_password_is_said_to_be_wrong():
    assert code_of(pfx(leaf=certificate()), "outra") == "wrong_password"


@pytest.mark.parametrize("data", [b"", b"nada", b"%PDF-1.7\n", b"\x30\x03\x02\x01\x03"])
def test_what_is_no_pfx_is_said_to_be_unreadable(data):
    assert code_of(data) == "unreadable"


def test_a_cut_file_is_said_to_be_unreadable():
    assert code_of(pfx(leaf=certificate())[:-200]) == "unreadable"


def test_a_file_without_a_private_key_is_said_to_have_none():
    assert code_of(pfx(key=None, others=[certificate()])) == "no_private_key"


def test_a_key_without_its_own_certificate_is_told_apart():
    stranger = certificate(key=OTHER_KEY)
    assert code_of(pfx(key=KEY, leaf=None, others=[stranger])) == "no_certificate"


def test_the_leaf_is_the_certificate_whose_key_the_file_holds():
    older = certificate(key=OTHER_KEY, subject="OUTRA:1")
    mine = certificate(subject="MINHA:2")
    pair = read_pfx(pfx(key=KEY, leaf=None, others=[older, mine]), PASSWORD)
    assert pair.certificate.dump() == mine.public_bytes(Encoding.DER)


def test_a_short_key_is_refused():
    from cryptography.hazmat.primitives.asymmetric import rsa

    short = rsa.generate_private_key(65537, 1024)
    assert code_of(pfx(key=short, leaf=certificate(key=short))) == "unsupported_key"


def test_a_file_of_the_3des_age_opens():
    data = pfx(leaf=certificate(), encryption=legacy(PASSWORD))
    assert read_pfx(data, PASSWORD).key.key_size == 2048


@pytest.mark.parametrize("password", ["ação çedilha ÃÉ", "", "senha com espaço "])
def test_accented_and_odd_passwords_open(password):
    from cryptography.hazmat.primitives.serialization import NoEncryption

    if password:
        data = pfx(leaf=certificate(), password=password)
    else:
        data = pfx(leaf=certificate(), encryption=NoEncryption())
    assert read_pfx(data, password).certificate


def test_an_accented_password_decomposed_by_the_keyboard_opens():
    import unicodedata

    data = pfx(leaf=certificate(), password="ação")
    assert read_pfx(data, unicodedata.normalize("NFD", "ação")).certificate


@needs_openssl
@pytest.mark.parametrize("age", [["-legacy"], []])
def test_an_explicit_critical_false_is_read_with_the_right_password(tmp_path, age):
    pem = tmp_path / "c.pem"
    der = authority.with_explicit_false(certificate())
    pem.write_bytes(
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    )
    (tmp_path / "k.pem").write_bytes(authority.pem_key())
    command = [
        "openssl",
        "pkcs12",
        "-export",
        *age,
        "-in",
        "c.pem",
        "-inkey",
        "k.pem",
        "-out",
        "c.pfx",
    ]
    made = subprocess.run(
        [*command, "-passout", f"pass:{PASSWORD}"], cwd=tmp_path, capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this openssl has no legacy provider")
    data = (tmp_path / "c.pfx").read_bytes()
    pair = read_pfx(data, PASSWORD)
    assert pair.certificate.dump() == der
    assert code_of(data, "outra") == "wrong_password"


def test_the_tolerant_reader_agrees_with_cryptography():
    leaf = certificate()
    for encryption in (None, legacy(PASSWORD)):
        keys, certificates = open_pkcs12(pfx(leaf=leaf, encryption=encryption), PASSWORD)
        assert len(keys) == 1
        assert certificates[0].dump() == leaf.public_bytes(Encoding.DER)


def test_the_key_derivation_matches_a_published_example():
    # From Bouncy Castle's and OpenSSL's test data for PKCS#12 (password "smeg").
    salt = bytes.fromhex("0a58cf64530d823f")
    key = derive("smeg", salt, 1, purpose=1, size=24)
    assert key.hex() == "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
    assert derive("smeg", salt, 1, purpose=2, size=8).hex() == "79993dfe048d3b76"
