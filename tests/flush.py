"""Lets the test runner empty the tables between transaction tests, the audit's too, and quickly.

Its triggers refuse DELETE. On SQLite, where flushing means just that, they are lifted for the
flush alone and put back. PostgreSQL would truncate, which is refused too and takes half a second
for our tables: there the few rows are deleted with triggers (and foreign keys) at rest.

What a migration filled stays: with several processes no order of the tests is certain, and a test
that reads the municipalities may come after one that empties the tables. Of the agencies, those
that a test added go; the catalogue's have lower keys.
"""

from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as OnPostgres
from django.db.backends.sqlite3.base import DatabaseWrapper as OnSQLite

from portal.audit import triggers
from tests.database import FIRST_KEY

FILLED_BY_MIGRATIONS = {"municipalities_municipality", "proxies_agency"}
ADDED_BY_TESTS = f"DELETE FROM proxies_agency WHERE id >= {FIRST_KEY}"
Operations: Any = OnSQLite.ops_class
PostgresOperations: Any = OnPostgres.ops_class
_on_sqlite = Operations.sql_flush
_on_postgres = PostgresOperations.sql_flush


def _flush_sqlite(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
    tables = _emptied(tables)
    statements = [*_on_sqlite(self, style, tables, **options), ADDED_BY_TESTS]
    if triggers.TABLE not in tables:
        return statements
    return [*triggers.remove_sql("sqlite"), *statements, *triggers.install_sql("sqlite")]


def _flush_postgres(
    self: Any, style: Any, tables: Any, *, reset_sequences: bool = False, **options: Any
) -> list[str]:
    tables = _emptied(tables)
    if reset_sequences or not tables:
        statements: list[str] = _on_postgres(
            self, style, tables, reset_sequences=reset_sequences, **options
        )
        return ["SET LOCAL session_replication_role = replica", *statements]
    return [
        "SET LOCAL session_replication_role = replica",  # until the flush commits
        *(f"DELETE FROM {self.quote_name(table)}" for table in tables),
        ADDED_BY_TESTS,
    ]


def _emptied(tables: Any) -> list[str]:
    return [table for table in tables if table not in FILLED_BY_MIGRATIONS]


def install() -> None:
    Operations.sql_flush = _flush_sqlite
    PostgresOperations.sql_flush = _flush_postgres
