"""How long a connection waits for another's lock."""

from django.db import connection


def wait_at_most(seconds: float) -> None:
    """From now on this thread's connection gives up after so long: a DatabaseError.

    By itself SQLite waits for 20 seconds here, PostgreSQL without end.
    """
    asked = "PRAGMA busy_timeout = %d" if connection.vendor == "sqlite" else "SET lock_timeout = %d"
    with connection.cursor() as cursor:
        cursor.execute(asked % int(seconds * 1000))
