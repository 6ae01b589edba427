"""The one guard against text that a spreadsheet would run as a formula (OWASP, CSV injection).

A CSV file has no cell types: text that starts like a formula gets an apostrophe in front, as one
types it in a spreadsheet, and reading takes it off again. An amount (``-1.234,56``) and a telephone
number written in groups (``+55 11 98765-4321``) stay as they are, because nothing in them can run.
An XLSX file has cell types: there the text itself is not changed, its cell is of type text.
"""

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_AMOUNT = re.compile(r"-[0-9][0-9.]*(?:,[0-9]+)?")
_PHONE = re.compile(r"\+[0-9]{1,3}[ (][0-9 ()-]*[0-9]")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might run this text."""
    if not text.startswith(_STARTS) and not text.lstrip().startswith(_STARTS):
        return False
    return not (_AMOUNT.fullmatch(text) or _PHONE.fullmatch(text))


def guarded(text: str) -> str:
    """Text for a CSV file: with an apostrophe in front where it looks like a formula."""
    return f"'{text}" if looks_like_formula(text) else text


def unguarded(text: str) -> str:
    """Text of a CSV file: without the apostrophe that ``guarded`` puts in front."""
    return text[1:] if text.startswith("'") and looks_like_formula(text[1:]) else text
