"""Codes that are printed on paper, read aloud and typed in again to check a document."""

import secrets

# Without the letters and digits that are mistaken for one another when read aloud or typed.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16


def new_code(length: int = CODE_LENGTH) -> str:
    """A random code printed on paper: 16 characters of 30 are 78 bits."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def clean_code(text: str) -> str:
    """A code as it is kept, from what was typed (spaces, dashes, lower case); "" if it is none."""
    code = "".join(text.split()).replace("-", "").upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET) else ""


def group_code(code: str) -> str:
    """``ABCD-EFGH-JKMN-PQRS``: as it is printed and read aloud."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))
