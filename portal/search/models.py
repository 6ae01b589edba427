"""Texts that are found by their words. Each desk owns a table of its own of this shape."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Lookup
from django.utils.translation import gettext_lazy as _

from portal.search.fold import words
from portal.search.index import words_table

MOST_CHARACTERS = 100_000  # of the distinct words of a text; PostgreSQL refuses more than 1 MB
MOST_WORDS = 8  # of a query
BEGINNING = 3  # letters from which on the last word may be only the beginning of one


def body_of(texts: Iterable[str]) -> str:
    """The distinct folded words of all ``texts`` together."""
    return " ".join(dict.fromkeys(w for text in texts for w in words(text)))[:MOST_CHARACTERS]


@models.TextField.register_lookup
class Found(Lookup[str]):
    """``body__found="ipva emplac"``: has all these words; of the last one the beginning is enough.

    Whatever is typed is words and never the database's query language; without a word it finds
    nothing.
    """

    lookup_name = "found"

    def _quoted(self, beginning: str) -> list[str]:
        """The words in quotes, and what says "beginning" after the last one."""
        found = words(str(self.rhs))[:MOST_WORDS]
        if not found:
            raise EmptyResultSet
        last = beginning if len(found[-1]) >= BEGINNING else ""
        return [*(f'"{word}"' for word in found[:-1]), f'"{found[-1]}"{last}']

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """By the FTS5 table beside the model's."""
        column: Any = self.lhs
        meta = column.target.model._meta
        key = f"{compiler.quote_name_unless_alias(column.alias)}.{meta.pk.column}"
        index = connection.ops.quote_name(words_table(meta.db_table))
        sql = f"{key} IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)"  # noqa: S608
        return sql, [" ".join(self._quoted("*"))]

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002
        lhs, params = compiler.compile(self.lhs)
        sql = f"to_tsvector('simple'::regconfig, {lhs}) @@ to_tsquery('simple'::regconfig, %s)"
        query = " & ".join(self._quoted(":*")).replace('"', "'")
        return sql, [*params, query]


class SearchTextQuerySet(models.QuerySet[Any]):
    def matching(self, text: str) -> Self:
        """The texts that have every word of ``text``, the newest first.

        Page them by key (``order=NEWEST``); never rank them, nor count them all.
        """
        return self.filter(body__found=text).order_by(*NEWEST)


NEWEST = ("-at", "-pk")


class SearchText(models.Model):
    """What can be read in one object of a desk, as the words by which it is found.

    The desk's model adds the object (a ``OneToOneField`` with ``CASCADE``: the words go with it), and
    what its queries are narrowed by, and its migration makes ``full_text_index(table)``::

        class EntryText(SearchText):
            entry = models.OneToOneField(Entry, models.CASCADE, related_name="text")
            ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="texts")

        EntryText.write(
            entry.subject, entry.body, at=entry.at, entry=entry, narrowed_by={"ticket": ticket}
        )
        EntryText.objects.matching("certidões ipva").filter(ticket__in=Ticket.objects.visible_to(user))

    ``at``: when it was said, the order of what is found.
    """

    at = models.DateTimeField(_("at"))
    body = models.TextField(_("words"), editable=False)

    objects = SearchTextQuerySet.as_manager()

    class Meta:
        # No index of ``at``: PostgreSQL would walk it, and read every text, to find a rare word.
        abstract = True

    @classmethod
    def write(
        cls, *texts: str, at: Any, narrowed_by: Mapping[str, Any] | None = None, **owner: Any
    ) -> Self:
        """Keep the words of ``texts``, in place of what was kept of this object.

        ``narrowed_by``: columns that may be others than before. Called by the service that writes
        the object, in the same transaction.
        """
        values = {"at": at, "body": body_of(texts), **(narrowed_by or {})}
        rows: Any = cls._default_manager
        made: Self = rows.update_or_create(**owner, defaults=values)[0]
        return made
