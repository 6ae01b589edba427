"""Codes of second factors, against the published examples."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from proxies.services.codes import Code, Seed, code_of, read_seed, usable_code

ASCII = "12345678901234567890"
# RFC 6238, appendix B: the time, and the codes by SHA-1, SHA-256 and SHA-512.
PUBLISHED = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]
KEYS = {"SHA1": 20, "SHA256": 32, "SHA512": 64}


@pytest.mark.parametrize(("seconds", "codes"), [(row[0], row[1:]) for row in PUBLISHED])
def test_codes_are_those_of_the_rfc(seconds, codes):
    at = datetime.fromtimestamp(seconds, UTC)
    for (digest, length), code in zip(KEYS.items(), codes, strict=True):
        seed = Seed((ASCII * 4)[:length].encode(), digits=8, digest=digest)
        assert code_of(seed, at).text == code


def test_a_code_says_how_long_it_still_holds():
    seed = Seed(ASCII.encode())
    assert code_of(seed, datetime.fromtimestamp(60, UTC)).seconds_left == 30
    assert code_of(seed, datetime.fromtimestamp(89, UTC)).seconds_left == 1


def test_a_code_that_is_over_before_it_is_typed_is_not_given():
    at = datetime.fromtimestamp
    seed = Seed(ASCII.encode())
    assert usable_code(seed, at(85, UTC)) == code_of(seed, at(85, UTC))
    upcoming = code_of(seed, at(90, UTC)).text
    assert usable_code(seed, at(86, UTC)) == Code(upcoming, 34)
    assert usable_code(seed, at(89, UTC)) == Code(upcoming, 31)


@pytest.mark.parametrize(
    "text",
    [
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        " gezd gnbv gy3t qojq gezd gnbv gy3t qojq ",
        "otpauth://totp/SEFAZ:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=SEFAZ",
    ],
)
def test_a_seed_is_read_as_agencies_show_it(text):
    assert read_seed(text) == Seed(ASCII.encode())


def test_an_address_may_say_another_rule():
    seed = read_seed("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=8&period=60&algorithm=SHA256")
    assert (seed.digits, seed.period, seed.digest) == (8, 60, "SHA256")


@pytest.mark.parametrize(
    "text",
    [
        "", "senha#1", "GEZD", "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ", "otpauth://totp/x",
        "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=40", "otpauth://[x",
        "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5", "ção" * 9,
    ],
)  # fmt: skip
def test_what_is_no_seed_is_refused(text):
    with pytest.raises(ValidationError) as caught:
        read_seed(text)
    assert caught.value.code == "bad_seed"
