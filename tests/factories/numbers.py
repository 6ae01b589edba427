"""Numbers for tests: a counter, and CPFs and CNPJs made from it."""

from itertools import count

from portal.taxid import with_check_digits

_numbers = count(1)


def next_number() -> int:
    """A number that this process has not used."""
    return next(_numbers)


def a_cpf() -> str:
    return with_check_digits(f"{700_000_000 + next_number():09d}")


def a_cnpj(root: str = "") -> str:
    return with_check_digits((root or f"{70_000_000 + next_number():08d}") + "0001")
