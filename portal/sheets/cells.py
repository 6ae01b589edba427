"""A row as its file has it, before columns are looked for."""

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class RawRow(NamedTuple):
    """The row's number as the spreadsheet shows it, its texts, and what is wrong by position.

    ``numbers``: the positions of cells that hold a number, ``tidied``: of those whose text is not
    what the file holds, where that was asked for.
    """

    line: int
    texts: list[str]
    problems: dict[int, str]
    numbers: list[int] = []
    tidied: list[int] = []


def tidy(text: str) -> str:
    """A cell's text in one line: blanks of any kind as spaces, without invisible characters."""
    if text.isprintable():
        return text.strip()
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    return " ".join(shown.split())


def damaged() -> ValidationError:
    return ValidationError(
        _("This file is damaged, or of a kind that cannot be read here."), code="unreadable"
    )


def not_a_sheet() -> ValidationError:
    return ValidationError(_("This is not a spreadsheet: send a CSV or XLSX file."), code="format")
