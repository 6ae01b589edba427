"""What a column of a spreadsheet is, and what reading gives for each of its rows."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django_stubs_ext import StrOrPromise

from portal.accents import letters
from portal.sheets.parsers import text

Parse = Callable[[str], Any]
_any_text = text()


class Kind(Enum):
    """How a column's values are written: ``MONEY`` is cents, ``MONTH`` a date, ``INSTANT`` aware."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    DAY = "day"
    MONTH = "month"
    INSTANT = "instant"


@dataclass(frozen=True)
class Column:
    """One column, for reading and for writing.

    ``name`` is its key in ``Row``. The header is ``label``, else the name; reading also takes the
    name and ``aliases``, whatever their case, accents and punctuation. ``parse`` makes the value
    of a cell's text and raises ValidationError. A ``required`` column must be in the header and
    filled in every row; any other gives ``default`` where it is missing or empty. ``as_text``
    refuses a cell that holds a number: a spreadsheet drops the zeros in front of one. ``exact``
    refuses one whose text is not just what the file holds: a password, which nobody may tidy.
    """

    name: str
    _: KW_ONLY
    label: StrOrPromise = ""
    required: bool = False
    parse: Parse = _any_text
    default: Any = None
    as_text: bool = False
    exact: bool = False
    aliases: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    width: int = 0

    @property
    def header(self) -> str:
        return str(self.label or self.name)

    @property
    def header_keys(self) -> set[str]:
        """The headers that name this column, as ``key_of`` gives them."""
        return {key_of(text) for text in (self.name, self.header, *self.aliases)}

    def value_of(self, cell: str) -> Any:
        """The value of a cell's text. Raises ValidationError."""
        if not cell and not self.required:
            return self.default
        value = self.parse(cell)
        if not cell:
            raise ValidationError(gettext("Fill in this cell."), code="required")
        return value


class CellError(NamedTuple):
    """What is wrong in a row, in the column of that name ("" for the row as a whole)."""

    column: str
    message: str


@dataclass(frozen=True)
class Row:
    """One row: ``line`` is its number as the spreadsheet shows it; its cells by column name.

    ``texts`` are the cells as a person sees them. ``values`` lacks the columns that have an error.
    """

    line: int
    texts: dict[str, str]
    values: dict[str, Any]
    errors: list[CellError]


def key_of(text: str) -> str:
    """A header without case, accents, blanks and punctuation, to compare it."""
    return letters(text)
