"""The second factor of an agency's system: the seed of its codes, as the agency shows it once."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_SHORTEST = 10  # bytes: RFC 4226 wants 16, many agencies give 10
_LONGEST = 128


class SeedField(forms.CharField):
    """Base32, or the whole ``otpauth://totp/…`` address of a QR code; gives it without blanks."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", gettext_lazy("Second factor (optional)"))
        options.setdefault(
            "help_text",
            gettext_lazy(
                "The seed that the agency shows for an authenticator application: letters and digits, "
                "or the address otpauth://. The portal then shows the codes, never the seed."
            ),
        )
        super().__init__(max_length=500, **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        if text.lower().startswith("otpauth:"):
            _check(_secret_in(text))
            return str(text)
        seed = text.replace(" ", "").replace("-", "").upper().rstrip("=")
        _check(seed)
        return str(seed)


def _secret_in(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise _unreadable() from None
    if parts.netloc.lower() != "totp":
        raise ValidationError(
            _("Only codes that change with time (totp) are possible."), code="hotp"
        )
    return parse_qs(parts.query).get("secret", [""])[0].upper().rstrip("=")


def _check(seed: str) -> None:
    try:
        key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    except (binascii.Error, ValueError):
        raise _unreadable() from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise _unreadable()


def _unreadable() -> ValidationError:
    return ValidationError(
        _(
            "This is not a seed. Copy the letters and digits that the agency shows beside its QR code."
        ),
        code="seed",
    )
