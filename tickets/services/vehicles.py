"""RENAVAM and vehicle plates: what is typed, checked and brought into one form."""

import re

_OLD_PLATE = re.compile(r"([A-Z]{3})-?(\d{4})")
_MERCOSUL_PLATE = re.compile(r"([A-Z]{3})-?(\d[A-Z]\d{2})")


def renavam(text: str) -> str | None:
    """The eleven digits; None where they are none, or the check digit is wrong.

    Modulo 11 with weights 2 to 9 from the right; 10 gives 0. Older ones of nine digits get zeros.
    """
    digits = re.sub(r"[\s.\-]", "", text)
    if not (digits.isascii() and digits.isdigit() and 9 <= len(digits) <= 11):
        return None
    digits = digits.zfill(11)
    total = sum(int(d) * (2 + i % 8) for i, d in enumerate(reversed(digits[:10])))
    check = total * 10 % 11 % 10
    return digits if int(digits[10]) == check and int(digits) else None


def plate(text: str) -> str | None:
    """``AAA-9999`` (old) or ``AAA9A99`` (Mercosul); None where it is neither."""
    typed = re.sub(r"\s", "", text).upper()
    if old := _OLD_PLATE.fullmatch(typed):
        return f"{old[1]}-{old[2]}"
    if new := _MERCOSUL_PLATE.fullmatch(typed):
        return f"{new[1]}{new[2]}"
    return None
