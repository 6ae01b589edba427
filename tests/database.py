"""The database of the tests: migrated once in a run, and copied for each process.

The first process that needs it migrates; the others wait for it. The cast is not in it: making it
takes 4 ms a test, and tests that count people or companies would see it.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models

# Above 999, so that a key which a template prints like an amount ("4.001") breaks a test.
FIRST_KEY = 4001


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """While inside, no other process of this run is."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrated_file(folder: Path) -> Path:
    """An SQLite database that was migrated and that nobody else writes. ``folder`` is the run's."""
    file = folder / "migrated.sqlite3"
    with alone(folder / "migrated.lock"):
        if not file.exists():
            unfinished = file.with_suffix(".unfinished")
            _migrate(str(unfinished))
            unfinished.rename(file)
    return file


def copy(folder: Path) -> None:
    """Give this process a database of its own, and let the connection use it."""
    name = str(settings.DATABASES["default"]["TEST"].get("NAME") or "")
    if connection.vendor == "sqlite":
        shutil.copy(migrated_file(folder), name)
    else:
        name = name or f"test_{settings.DATABASES['default']['NAME']}"
        _copy_on_postgres(folder, name)
    _use(name)


def remove() -> None:
    """Undo ``copy``."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    if connection.vendor == "sqlite":
        for end in ("", "-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)
    else:
        _ask_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _copy_on_postgres(folder: Path, name: str) -> None:
    """The migrated database stays on the server, and is made anew by the next run."""
    origin = f"test_{settings.DATABASES['default']['NAME']}_migrated"
    done = folder / "migrated.done"
    with alone(folder / "migrated.lock"):
        if not done.exists():
            _ask_server(f'DROP DATABASE IF EXISTS "{origin}"', f'CREATE DATABASE "{origin}"')
            _migrate(origin)
            done.touch()
        copied = f'CREATE DATABASE "{name}" TEMPLATE "{origin}"'
        _ask_server(f'DROP DATABASE IF EXISTS "{name}"', copied)


def _ask_server(*statements: str) -> None:
    own: Any = connection  # Django's tests, too, reach the server by this method
    with own._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _migrate(name: str) -> None:
    before = str(connection.settings_dict["NAME"])
    _use(name)
    try:
        call_command("migrate", verbosity=0, interactive=False)
        _begin_keys_at(FIRST_KEY)
    finally:
        _use(before)


def _begin_keys_at(first: int) -> None:
    """What is made from now on has keys from ``first``."""
    tables = [
        (model._meta.db_table, str(model._meta.pk.column))
        for model in apps.get_models(include_auto_created=True)
        if isinstance(model._meta.pk, models.AutoField) and model._meta.managed
    ]
    with connection.cursor() as cursor:
        for table, column in tables:
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                before: tuple[str, int] = (table, first - 1)
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", before)
            else:
                start: tuple[str, str, int] = (f'"{table}"', column, first)
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)", start)


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
