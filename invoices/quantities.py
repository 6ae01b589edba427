"""Quantities are integer thousandths, so that 1.5 hours or 0.250 kg stay exact."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_BRAZILIAN = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]{1,3}))?")
_PLAIN = re.compile(r"([0-9]+)\.([0-9]{1,3})")
MAX_MILLI = 999_999_999_999


def parse_quantity(text: str) -> int:
    """Thousandths of a quantity written ``1.234,5``, ``1234,5`` or ``1``.

    Raises ValidationError. What can be read two ways (``1.234``) is read the Brazilian way.
    """
    value = text.strip()
    match = _BRAZILIAN.fullmatch(value) or _PLAIN.fullmatch(value)
    if not match:
        raise ValidationError(_("Enter a quantity such as 1 or 2,5."), code="invalid_quantity")
    milli = int(match[1].replace(".", "")) * 1000 + int((match[2] or "").ljust(3, "0"))
    if not 0 < milli <= MAX_MILLI:
        raise ValidationError(_("This quantity is zero or too large."), code="invalid_quantity")
    return milli


def format_quantity(milli: int) -> str:
    """``1.234,5``: no more decimals than it needs."""
    whole, rest = divmod(milli, 1000)
    decimals = f"{rest:03d}".rstrip("0")
    return f"{whole:,}".replace(",", ".") + (f",{decimals}" if decimals else "")
