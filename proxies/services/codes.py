"""Second-factor codes by time (TOTP, RFC 6238) of the seeds that are kept with an access."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

_DIGESTS = ("SHA1", "SHA256", "SHA512")
_DIGITS, _PERIODS = range(6, 9), range(10, 121)
_MIN_BYTES = 8
TYPING_SECONDS = 5  # what somebody needs to type a code


@dataclass(frozen=True)
class Seed:
    """What codes are made of: the key, and by which rule of RFC 6238."""

    key: bytes
    digits: int = 6
    period: int = 30
    digest: str = "SHA1"


@dataclass(frozen=True)
class Code:
    """A code and for how many seconds it still holds."""

    text: str
    seconds_left: int


@sensitive_variables()
def read_seed(text: str) -> Seed:
    """A seed as an agency shows it: Base32, with blanks or without, or an ``otpauth://`` address.

    Raises ValidationError, code ``bad_seed``.
    """
    text = text.strip()
    try:
        if not text.lower().startswith("otpauth:"):
            return Seed(_key(text))
        parts = urlsplit(text)
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        seed = Seed(
            key=_key(said["secret"]), digits=int(said.get("digits", "6")),
            period=int(said.get("period", "30")),
            digest=said.get("algorithm", "SHA1").upper().replace("-", ""),
        )  # fmt: skip
    except (ValueError, KeyError, binascii.Error):
        raise _bad_seed() from None
    known = seed.digits in _DIGITS and seed.period in _PERIODS and seed.digest in _DIGESTS
    if parts.netloc.lower() != "totp" or not known:
        raise _bad_seed()
    return seed


@sensitive_variables()
def code_of(seed: Seed, at: datetime) -> Code:
    """The code that holds at this instant (RFC 6238, 4.2)."""
    steps, passed = divmod(int(at.timestamp()), seed.period)
    mac = hmac.digest(seed.key, steps.to_bytes(8, "big"), seed.digest.lower())
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    text = str(number % 10**seed.digits).zfill(seed.digits)
    return Code(text, seed.period - passed)


@sensitive_variables()
def usable_code(seed: Seed, at: datetime) -> Code:
    """The code of this instant; where it is over before anybody has typed it, the next one."""
    code = code_of(seed, at)
    if code.seconds_left >= TYPING_SECONDS:
        return code
    upcoming = code_of(seed, at + timedelta(seconds=code.seconds_left))
    return Code(upcoming.text, code.seconds_left + upcoming.seconds_left)


@sensitive_variables()
def _key(text: str) -> bytes:
    plain = "".join(text.split()).replace("-", "").rstrip("=").upper()
    key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    if len(key) < _MIN_BYTES:
        raise ValueError
    return key


def _bad_seed() -> ValidationError:
    return ValidationError(
        _(
            "This is not the seed of a second factor. Copy the text that the agency shows beside "
            "its QR code, of letters from A to Z and digits from 2 to 7."
        ),
        code="bad_seed",
    )
