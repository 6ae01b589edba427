"""The access key of the national NFS-e: 50 characters, the last one a check digit."""

import re
from typing import NamedTuple

# City 7, environment 1, kind of inscription 1, inscription 14, number 13, year and month 4,
# code 9, digit. The inscription may be an alphanumeric CNPJ, so a key is text.
_KEY = re.compile(r"(\d{7})(\d)(\d)([0-9A-Z]{14})(\d{13})(\d{4})(\d{9})(\d)")
CNPJ, CPF = "2", "1"  # kinds of inscription
CONSULTATION = "https://www.nfse.gov.br/ConsultaPublica/?tpc=1&chave="


class Key(NamedTuple):
    """What a key says. ``month`` is AAMM."""

    city: str
    environment: str
    kind: str
    inscription: str
    number: int
    month: str

    @property
    def tax_id(self) -> str:
        """CPF or CNPJ of who issued the note."""
        return self.inscription[-11:] if self.kind == CPF else self.inscription


def read_key(key: str) -> Key | None:
    """What the key says; None for one of another form or with a wrong digit."""
    found = _KEY.fullmatch(key)
    if not found or key[-1] != check_digit(key[:-1]):
        return None
    city, environment, kind, inscription, number, month, _code, _digit = found.groups()
    return Key(city, environment, kind, inscription, int(number), month)


def check_digit(body: str) -> str:
    """Modulo 11 with weights 2 to 9 from the right; a letter is worth its ASCII code less 48."""
    total = sum((ord(c) - 48) * (2 + i % 8) for i, c in enumerate(reversed(body)))
    digit = 11 - total % 11
    return "0" if digit > 9 else str(digit)


def grouped(key: str) -> str:
    """The key in groups of five, as a person compares it."""
    return " ".join(key[i : i + 5] for i in range(0, len(key), 5))
