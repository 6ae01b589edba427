"""Bounded search in tables with millions of rows: each meaning of a text by an index of its own.

A word may be the beginning of a number, of a unit's code, of a word in a client's name. Asked for
all at once, a database reads and sorts everything that matches; asked for one after the other,
each in the order of its index, it stops at the first few hundred.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import and_
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.signals import connection_created
from django.db.models import CharField, F, Lookup, Q, QuerySet
from django.db.models.expressions import Expression, OrderBy
from django.dispatch import receiver

MOST = 200
_WORDS = 3


class PrefixOrder(OrderBy):
    """In the order of an index with ``varchar_pattern_ops``, which is the one that seeks prefixes.

    The database's collation may sort otherwise, and then no such index could give that order.
    """

    def __init__(self, expression: str | Expression) -> None:
        super().__init__(F(expression) if isinstance(expression, str) else expression)

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        # Django looks for the direction in the text, to take it off; PostgreSQL has none here.
        template = "%(expression)s USING OPERATOR(pg_catalog.~<~) /* ASC */"
        return self.as_sql(compiler, connection, template=template)


# Letters with the accents of names, and the marks that make them of two characters.
_PLAIN = {
    "a": "áàâãäåÁÀÂÃÄÅ", "c": "çÇ", "e": "éèêëÉÈÊË", "i": "íìîïÍÌÎÏ", "n": "ñÑ",
    "o": "óòôõöÓÒÔÕÖ", "u": "úùûüÚÙÛÜ", "y": "ýÿÝ",
}  # fmt: skip
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u0327"
_ACCENTED = "".join(_PLAIN.values())
_BASES = "".join(letter * len(accented) for letter, accented in _PLAIN.items())
_UNACCENT = str.maketrans(_ACCENTED, _BASES, _MARKS)


def without_accents(text: str) -> str:
    """A name as it is often typed: ``Conceição`` is ``Conceicao``."""
    return text.translate(_UNACCENT)


@receiver(connection_created, dispatch_uid="portal-without-accents")
def _teach_sqlite(connection: Any, **_signal: Any) -> None:
    """SQLite has no function of its own that takes accents off."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "without_accents", 1, lambda text: text and without_accents(str(text)),
            deterministic=True,
        )  # fmt: skip


def _words_vector(column: str) -> str:
    """The words of a column for PostgreSQL; index and search say it in the same words."""
    plain = f"translate({column}::text, '{_ACCENTED}{_MARKS}', '{_BASES}')"
    return f"to_tsvector('simple'::regconfig, {plain})"


@CharField.register_lookup
class Words(Lookup[str]):
    """``name__words="educ sec"``: has words that begin so ("Secretaria de Educação").

    Accents do not matter ("educacao"). On PostgreSQL by an index of ``words_index_sql``; elsewhere,
    where tables are small, whatever contains each word.
    """

    lookup_name = "words"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        lhs, params = compiler.compile(self.lhs)
        values: list[Any] = []
        words = words_of(without_accents(str(self.rhs)))
        for word in words:
            values += [*params, f"%{connection.ops.prep_for_like_query(word)}%"]
        one = f"without_accents({lhs}) LIKE %s ESCAPE '\\'"
        return f"({' AND '.join([one] * len(words)) or '1 = 0'})", values

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002
        lhs, params = compiler.compile(self.lhs)
        sql = f"{_words_vector(lhs)} @@ to_tsquery('simple'::regconfig, %s)"
        return sql, [*params, _query(without_accents(str(self.rhs)))]


def words_of(text: str) -> list[str]:
    """The words of what was typed or pasted, without the characters in it that nobody sees."""
    words = ("".join(c for c in word if c.isprintable()) for word in text.split())
    return [word for word in words if word]


def _query(text: str) -> str:
    """Every word quoted, as the beginning of a word. No word, and it matches nothing."""
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words_of(text))
    return " & ".join(f"'{word}':*" for word in quoted)


def words_index_sql(table: str, column: str, name: str) -> str:
    """What makes ``Words`` quick on PostgreSQL."""
    return f"CREATE INDEX {name} ON {table} USING gin ({_words_vector(column)})"


def remake_words_index(
    editor: BaseDatabaseSchemaEditor, table: str, column: str, name: str
) -> None:
    """In a migration: the index anew, after what it is made of has changed."""
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP INDEX IF EXISTS {name}")
        editor.execute(words_index_sql(table, column, name))
        editor.execute(f"ANALYZE {table}")


@dataclass(frozen=True)
class SearchCriterion:
    """One meaning of a text: which rows, and in which order an index gives them.

    ``cut``: only the first of what the text means are looked at. ``within``: what it means
    whole, too much to be sought alone but good to narrow down another word's.
    """

    where: Q
    order: tuple[str | OrderBy, ...] = ()
    cut: bool = False
    within: Q | None = None


@dataclass(frozen=True)
class Found:
    """The keys of the first rows, and whether there are more."""

    keys: list[Any]
    cut: bool


def each_word(
    text: str, meanings: Callable[[str], Sequence[SearchCriterion]]
) -> list[SearchCriterion]:
    """What every word means at once, in any of its meanings, and what the whole text means.

    Words beyond the third are not looked at.
    """
    words = words_of(text)[:_WORDS]
    if len(words) < 2:
        return list(meanings(text))
    together = product(*(meanings(word) for word in words))
    # Several words of one name are what the whole text means.
    criteria = [
        _both(chosen)
        for chosen in together
        if any(criterion.within is None for criterion in chosen)
    ]
    return [*criteria, *meanings(text)]


def _both(criteria: Sequence[SearchCriterion]) -> SearchCriterion:
    """All at once, in the order of the first that has one."""
    order = next(
        (criterion.order for criterion in criteria if criterion.order and criterion.within is None),
        (),
    )
    return SearchCriterion(
        reduce(and_, (criterion.within or criterion.where for criterion in criteria)), order
    )


def search(rows: QuerySet[Any], criteria: Iterable[SearchCriterion], most: int) -> Found:
    """The first ``most`` rows of all criteria together."""
    keys: dict[Any, None] = {}
    cut = False
    for criterion in criteria:
        found = rows.filter(criterion.where).order_by(*criterion.order).values_list("pk", flat=True)
        before = len(keys)
        keys |= dict.fromkeys(found[: most + 1])
        cut = cut or (criterion.cut and len(keys) > before)
        if len(keys) > most:
            return Found([*keys][:most], cut=True)
    return Found([*keys], cut=cut)
