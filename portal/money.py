"""Money is integer cents of Brazilian real."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_BRAZILIAN = re.compile(r"-?\d{1,3}(\.\d{3})*(,\d{1,2})?|-?\d+(,\d{1,2})?")
_PLAIN = re.compile(r"-?\d+\.\d{1,2}")


def format_cents(cents: int) -> str:
    """``1.234,56``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}".replace(",", ".") + f",{rest:02d}"


def format_brl(cents: int) -> str:
    """``R$ 1.234,56`` with a no-break space."""
    return f"R$\u00a0{format_cents(cents)}"


def parse_cents(text: str) -> int:
    """Cents of an amount written ``1.234,56``, ``1234,56``, ``1234.56`` or ``R$ 10``.

    Raises ValidationError: an amount that can be read two ways (``1.234`` is one thousand in
    Brazil) is read the Brazilian way.
    """
    value = "".join(text.split()).upper().replace("R$", "", 1)
    if _BRAZILIAN.fullmatch(value):
        value = value.replace(".", "").replace(",", ".")
    elif not _PLAIN.fullmatch(value):
        raise ValidationError(_("Enter an amount such as 1.234,56."), code="invalid_amount")
    cents = Decimal(value) * 100
    if abs(cents) > 99_999_999_999_99:
        raise ValidationError(_("This amount is too large."), code="invalid_amount")
    return int(cents)
