"""Text without its accents, to compare what people type with what is known. Knows no model.

Names of people and companies are found by another rule, which the database knows as well: see
``portal.ui.search``.
"""

import unicodedata


def without_accents(text: str) -> str:
    """Letters without their marks, ligatures and ordinal signs in letters (NFKD); case stays."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def plain(text: str) -> str:
    """Without case and accents: ``"Março de 2026"`` is ``"marco de 2026"``."""
    return without_accents(text.casefold())


def letters(text: str) -> str:
    """Only its letters and digits, plain: ``"Pingo-d'Água"`` and ``"pingo d agua"`` are the same."""
    return "".join(char for char in plain(text) if char.isalnum())
