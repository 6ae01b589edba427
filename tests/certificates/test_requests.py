"""Certificate requests: what is read of a sound one, and why each other one is refused."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.core.exceptions import ValidationError

from certificates.issuing.requests import MAX_BYTES, parse_request, read_request
from tests.certificates import requests
from tests.certificates.authority import KEY, OTHER_KEY, certificate, pfx
from tests.fuzzing import survives, survives_in_sandbox


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        read_request(data)
    return str(caught.value.code)


@pytest.mark.parametrize(
    "written",
    [
        lambda der, pem: der,
        lambda der, pem: pem,
        lambda der, pem: pem.replace(b"\n", b"\r\n"),
        lambda der, pem: b"\xef\xbb\xbf" + pem,
        lambda der, pem: b"Version: 0 (0x0)\n" + pem,
        lambda der, pem: pem.replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST"),
    ],
    ids=["DER", "PEM", "CRLF", "BOM", "text before", "as Windows names it"],
)
def test_a_request_is_read_however_it_is_written(written):
    der, pem = requests.der("2732509"), requests.pem("2732509")
    found = read_request(written(der, pem))
    assert found.der == der
    assert found.sha256 == hashlib.sha256(der).hexdigest()
    assert found.key_sha256 == hashlib.sha256(requests.spki()).hexdigest()
    assert (found.key_bits, found.common_name) == (2048, "2732509")


def test_a_request_without_a_name_has_an_empty_one():
    assert read_request(requests.der()).common_name == ""


def test_a_second_name_cannot_hide_behind_the_first():
    assert read_request(requests.der("2732509", "JOSE DA SILVA")).common_name == (
        "2732509, JOSE DA SILVA"
    )


def test_the_same_key_is_known_again_in_another_request():
    one, other = read_request(requests.der("1")), read_request(requests.der("2"))
    assert one.sha256 != other.sha256
    assert one.key_sha256 == other.key_sha256
    assert read_request(requests.der("1", key=OTHER_KEY)).key_sha256 != one.key_sha256


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"-----BEGIN CERTIFICATE REQUEST-----\n",
        requests.der("1")[:-1],
        requests.der("1") + b"\0",
        certificate().public_bytes(Encoding.DER),
        certificate().public_bytes(Encoding.PEM),
        pfx(leaf=certificate()),
    ],
    ids=["nothing", "NUL", "half a PEM", "cut", "longer", "certificate", "its PEM", "PFX"],
)
def test_what_is_no_request_is_refused(data):
    assert refusal(data) == "unreadable"


def test_a_file_of_more_than_64_kilobytes_is_not_even_looked_at():
    padded = requests.pem("1") + b"\n" * (MAX_BYTES - len(requests.pem("1")))
    assert read_request(padded).common_name == "1"
    assert refusal(padded + b"\n") == "unreadable"


@pytest.mark.parametrize("lock", [NoEncryption(), BestAvailableEncryption(b"segredo")])
@pytest.mark.parametrize("shape", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_that_comes_along_is_refused(lock, shape):
    key = KEY.private_bytes(Encoding.PEM, shape, lock)
    assert refusal(key + requests.pem("1")) == "private_key"
    assert refusal(requests.pem("1") + key) == "private_key"


def test_a_request_that_was_changed_is_refused():
    changed = requests.der("2732509").replace(b"2732509", b"2732508")
    assert refusal(changed) == "signature"


def test_a_request_signed_with_another_key_is_refused():
    own, other = requests.der("1"), requests.der("1", key=OTHER_KEY)
    swapped = own.replace(requests.spki(), requests.spki(OTHER_KEY))
    assert len(swapped) == len(own) == len(other)
    assert refusal(swapped) == "signature"


@pytest.mark.parametrize(
    "key",
    [
        requests.rsa_key(bits=requests.WEAK_BITS),
        requests.rsa_key(bits=2040),
        requests.rsa_key(exponent=3),
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["1024 bits", "2040 bits", "exponent 3", "elliptic curve", "Ed25519"],
)
def test_a_weak_key_or_one_of_another_kind_is_refused(key):
    assert refusal(requests.der("1", key=key)) == "weak"


def test_spoiled_requests_are_read_or_refused_in_our_words():
    samples = [requests.der("2732509"), requests.pem("2732509", key=OTHER_KEY)]
    survives(parse_request, samples, seed=1)
    survives_in_sandbox(read_request, samples, seed=2)
