"""The full-text index of a table of ``SearchText``, as its migration makes it.

PostgreSQL: GIN over ``to_tsvector('simple', body)``. SQLite: FTS5 without a copy of the texts, kept
in step by triggers. Only whole words are indexed, neither their places nor their number: nothing
is ranked.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import migrations


def full_text_index(table: str) -> migrations.RunPython:
    """The operation that makes the index of ``table``, and reads into it what is there.

    SQLite makes a table anew when a column of it is changed, and its triggers are gone then: such a
    migration ends with this operation again.
    """
    return migrations.RunPython(_execute(install_sql, table), _execute(remove_sql, table))


def _execute(statements: Callable[[str, str], list[str]], table: str) -> Callable[[Any, Any], None]:
    return partial(_execute_all, statements, table)


def _execute_all(
    statements: Callable[[str, str], list[str]], table: str, _apps: Any, editor: Any
) -> None:
    for statement in statements(editor.connection.vendor, table):
        editor.execute(statement)


def install_sql(vendor: str, table: str) -> list[str]:
    """Statements that make the index; they may be run again."""
    words = words_table(table)
    if vendor == "postgresql":
        vector = "to_tsvector('simple'::regconfig, body)"
        return [*remove_sql(vendor, table), f"CREATE INDEX {words} ON {table} USING gin ({vector})"]
    add = f"INSERT INTO {words} (rowid, body) VALUES (new.id, new.body);"  # noqa: S608
    take = f"INSERT INTO {words} ({words}, rowid, body) VALUES ('delete', old.id, old.body);"  # noqa: S608
    return [
        *remove_sql(vendor, table),
        f"CREATE VIRTUAL TABLE {words} USING fts5(body, content='{table}', content_rowid='id', "
        "tokenize='ascii', detail=none, columnsize=0)",
        f"INSERT INTO {words} ({words}) VALUES ('rebuild')",  # noqa: S608
        f"CREATE TRIGGER {words}_insert AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {words}_delete AFTER DELETE ON {table} BEGIN {take} END",
        f"CREATE TRIGGER {words}_update AFTER UPDATE OF body ON {table} BEGIN {take} {add} END",
    ]


def remove_sql(vendor: str, table: str) -> list[str]:
    words = words_table(table)
    if vendor == "postgresql":
        return [f"DROP INDEX IF EXISTS {words}"]
    triggers = [f"DROP TRIGGER IF EXISTS {words}_{on}" for on in ("insert", "delete", "update")]
    return [*triggers, f"DROP TABLE IF EXISTS {words}"]


def words_table(table: str) -> str:
    """The name of PostgreSQL's index, of SQLite's table of words."""
    return f"{table}_words"
