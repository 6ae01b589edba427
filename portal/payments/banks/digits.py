"""Check digits of slips (FEBRABAN's modules 10 and 11) and the error that says what is wrong."""

from itertools import cycle


class SlipDataError(ValueError):
    """A slip cannot be made of these data. The message says which value and why."""


def modulo_10(digits: str) -> int:
    """Weights 2, 1 from the right; the digits of each product are added (FEBRABAN)."""
    total = 0
    for digit, weight in zip(reversed(digits), cycle((2, 1)), strict=False):
        product = int(digit) * weight
        total += product // 10 + product % 10
    return -total % 10


def modulo_11_rest(digits: str, *, last_weight: int = 9) -> int:
    """The rest (0 to 10) of the sum weighted 2 to ``last_weight`` from the right."""
    weights = cycle(range(2, last_weight + 1))
    return sum(int(d) * w for d, w in zip(reversed(digits), weights, strict=False)) % 11


def modulo_11(digits: str) -> int:
    """11 less the rest, 0 instead of 10 and 11 (Caixa, Santander, Sicredi)."""
    digit = 11 - modulo_11_rest(digits)
    return 0 if digit > 9 else digit


def modulo_11_x(digits: str) -> str:
    """11 less the rest, ``X`` instead of 10 and 0 instead of 11 (Banco do Brasil)."""
    digit = 11 - modulo_11_rest(digits)
    return {10: "X", 11: "0"}.get(digit, str(digit))


def modulo_11_p(digits: str) -> str:
    """Weights 2 to 7, ``P`` instead of 10 and 0 instead of 11 (Bradesco)."""
    digit = 11 - modulo_11_rest(digits, last_weight=7)
    return {10: "P", 11: "0"}.get(digit, str(digit))


def modulo_11_3197(digits: str) -> int:
    """Weights 3, 1, 9, 7 from the left, 0 instead of 10 and 11 (Sicoob)."""
    weights = cycle((3, 1, 9, 7))
    rest = sum(int(d) * w for d, w in zip(digits, weights, strict=False)) % 11
    return 0 if rest < 2 else 11 - rest


def barcode_digit(digits: str) -> int:
    """Digit of the 43 other digits of a bar code: 1 instead of 0, 10 and 11 (FEBRABAN)."""
    digit = 11 - modulo_11_rest(digits)
    return 1 if digit > 9 else digit
