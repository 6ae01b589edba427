"""Lets the test runner empty the audit table between transaction tests on SQLite.

Its triggers refuse DELETE, which is what flushing means there; they are lifted for the flush
alone and put back. (PostgreSQL truncates, which fires no row trigger.)
"""

from typing import Any

from django.db.backends.sqlite3.base import DatabaseWrapper

from portal.audit import triggers

DatabaseOperations: Any = DatabaseWrapper.ops_class
_original = DatabaseOperations.sql_flush


def _sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
    statements = list(_original(self, style, tables, **options))
    if triggers.TABLE not in tables:
        return statements
    return [*triggers.remove_sql("sqlite"), *statements, *triggers.install_sql("sqlite")]


def install() -> None:
    DatabaseOperations.sql_flush = _sql_flush
