"""Reading a PFX: each thing that can be wrong has its own message."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

import certificates.icp.pfx
from certificates.icp.pfx import MAX_BYTES, read_pfx, read_pfx_record, read_uploaded_pfx
from certificates.icp.pkcs12 import MAX_ROUNDS, derive, open_pkcs12
from portal import sandbox
from tests import hostile
from tests.certificates import authority
from tests.certificates.authority import (
    KEY,
    OTHER_KEY,
    PASSWORD,
    certificate,
    der,
    legacy,
    pfx,
    raw_pfx,
)

SOUND = certificate(names=authority.full_company_names())
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


def test_a_file_that_was_sent_is_opened_in_the_sandbox_with_the_same_answers():
    leaf = certificate(issuer_key=OTHER_KEY)
    above = certificate(key=OTHER_KEY, subject="AC Teste", ca=True)
    data = pfx(leaf=leaf, others=[above])
    pair = read_uploaded_pfx(data, PASSWORD)
    assert pair.certificate.dump() == leaf.public_bytes(Encoding.DER)
    assert [c.dump() for c in pair.others] == [above.public_bytes(Encoding.DER)]
    assert pair.key.private_numbers() == KEY.private_numbers()
    with pytest.raises(ValidationError) as caught:
        read_uploaded_pfx(data, "outra")
    assert caught.value.code == "wrong_password"
    assert caught.value.messages == ["A senha não abre este arquivo."]


def test_a_file_that_takes_too_long_to_open_is_given_up(monkeypatch):
    monkeypatch.setattr(certificates.icp.pfx, "LIMITS", sandbox.Limits(cpu_seconds=1))
    with pytest.raises(sandbox.TooCostly):
        read_uploaded_pfx(hostile.slow_pfx(pfx(leaf=certificate()), MAX_ROUNDS), PASSWORD)


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


def test_two_keys_with_their_certificates_leave_no_way_to_tell_which_is_meant():
    leaves = [der(certificate()), der(certificate(key=OTHER_KEY))]
    assert code_of(raw_pfx([KEY, OTHER_KEY], leaves)) == "several_leaves"


def test_two_certificates_of_one_key_leave_no_way_to_tell_which_is_meant():
    leaves = [der(certificate()), der(certificate(start=-400, end=-30))]
    assert code_of(raw_pfx([KEY], leaves)) == "several_leaves"


def test_the_same_certificate_twice_is_one():
    leaf = der(certificate())
    assert read_pfx(raw_pfx([KEY, KEY], [leaf, leaf]), PASSWORD).certificate.dump() == leaf


def test_a_second_key_whose_certificate_is_not_there_is_in_nobodys_way():
    leaf = der(certificate())
    assert read_pfx(raw_pfx([OTHER_KEY, KEY], [leaf]), PASSWORD).certificate.dump() == leaf


def test_an_explicit_critical_false_is_read_and_no_wrong_password():
    odd = authority.with_explicit_false(certificate(names=authority.company_names()))
    data = raw_pfx([KEY], [odd])
    assert read_pfx(data, PASSWORD).certificate.dump() == odd
    assert read_pfx_record(data, PASSWORD).kind == "e-cnpj"
    assert code_of(data, "outra") == "wrong_password"


@pytest.mark.parametrize("held", [b"\x30\x03\x02\x01\x05", b"", b"nada", b"\x30\x80"])
def test_the_right_password_on_a_malformed_content_is_told_from_a_wrong_one(held):
    data = raw_pfx([KEY], [held])
    assert code_of(data) == "malformed"
    assert code_of(data, "outra") == "wrong_password"


def test_a_file_that_asks_for_hours_of_key_derivation_is_refused_at_once():
    assert code_of(raw_pfx([KEY], [der(certificate())], said_rounds=2**31 - 1)) == "unreadable"


def test_a_huge_file_is_refused():
    assert code_of(b"\x30" * (MAX_BYTES + 1)) == "unreadable"


def test_a_password_that_no_text_can_be_is_wrong():
    assert code_of(pfx(leaf=certificate()), "\ud800") == "wrong_password"


def test_the_record_is_told_of_a_key_that_cannot_sign_here_too():
    from cryptography.hazmat.primitives.asymmetric import rsa

    short = rsa.generate_private_key(65537, 1024)
    data = pfx(key=short, leaf=certificate(key=short, names=authority.company_names()))
    assert read_pfx_record(data, PASSWORD).cnpj
    assert code_of(data) == "unsupported_key"


@settings(max_examples=150)
@given(st.data())
def test_damaged_bytes_never_raise_anything_but_a_plain_reason(data):
    sound = raw_pfx([KEY], [der(SOUND)])
    at = data.draw(st.integers(0, len(sound) - 1))
    broken = sound[:at] + bytes([data.draw(st.integers(0, 255))]) + sound[at + 1 :]
    for candidate in (broken, sound[:at], sound[at:]):
        try_to_read(candidate)


@settings(max_examples=25)
@given(st.data())
def test_a_damaged_certificate_in_a_sound_file_never_raises_anything_else(data):
    held = der(SOUND)
    at = data.draw(st.integers(0, len(held) - 1))
    broken = held[:at] + bytes([data.draw(st.integers(0, 255))]) + held[at + 1 :]
    try_to_read(raw_pfx([KEY], [broken]))


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise_anything_else(data):
    try_to_read(data)
    try_to_read(b"\x30" + data)


def try_to_read(data: bytes) -> None:
    try:
        read_pfx_record(data, PASSWORD)
    except ValidationError as error:
        assert all([error.code, error.messages])  # noqa: PT017


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


def exported(folder: Path, held: bytes, *age: str) -> bytes:
    """A PFX as openssl writes it: with ``-legacy`` RC2 of 40 bits and 3DES."""
    body = base64.encodebytes(held)
    (folder / "c.pem").write_bytes(
        b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"
    )
    (folder / "k.pem").write_bytes(authority.pem_key())
    files = ["-in", "c.pem", "-inkey", "k.pem", "-out", "c.pfx"]
    command = ["openssl", "pkcs12", "-export", *age, *files, "-passout", f"pass:{PASSWORD}"]
    if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode:
        pytest.skip("this openssl has no legacy provider")
    return (folder / "c.pfx").read_bytes()


@needs_openssl
@pytest.mark.parametrize("age", [["-legacy"], []])
@pytest.mark.parametrize("odd", [True, False], ids=["explicit critical FALSE", "sound"])
def test_what_openssl_wrote_of_any_age_is_read_with_the_right_password_alone(tmp_path, age, odd):
    held = authority.with_explicit_false(certificate()) if odd else der(certificate())
    data = exported(tmp_path, held, *age)
    assert read_pfx(data, PASSWORD).certificate.dump() == held
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
