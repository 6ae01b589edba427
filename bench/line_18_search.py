"""Line 18: the first page of a search in many texts, newest first, against the bare statement, CPU.

.venv/bin/python bench/line_18_search.py [--texts 100000] [--rounds 7]

On SQLite and on PostgreSQL. Half of the texts have each of the common words. A statement of less
than 10 ms has no goal: there the page's own cost is measured.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import ground

TABLE, WORDS, SCOPES, TIMES = "bench_text", 50, 2_000, 10
COMMON = ["emplacamento", "veiculo", "emplacar", "solicitacao"]
# What is typed, and whether it is sought among one client's texts only.
QUERIES = {
    "two common words": ("veículos emplacamento", False),
    "a rare word": ("raro1007", False),
    "a common beginning": ("emplac", False),
    "two common words, one client's": ("veículos emplacamento", True),
    "nothing": ("zzzz inexistente", False),
}
START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--here", action="store_true", help="on the database of the environment")
    options = parser.parse_args()
    if options.here:
        measure(options.texts, options.rounds)
        return
    command = [sys.executable, __file__, "--here", f"--texts={options.texts}"]
    with tempfile.TemporaryDirectory() as folder, ground.servers() as postgres:
        sqlite = {k: v for k, v in postgres.items() if k != "DATABASE_URL"} | {"VAR_DIR": folder}
        for environment in (sqlite, ground.new_database(postgres, "texts")):
            subprocess.run([*command, f"--rounds={options.rounds}"], env=environment, check=True)


def measure(texts: int, rounds: int) -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["CONN_MAX_AGE"] = None
    model, vendor = text_model(), connection.vendor
    seconds = fill(texts)
    for name, (typed, scoped) in QUERIES.items():
        ours, floor = page_of(model, typed, scoped), statement(model, typed, scoped)
        assert ours() == floor()
        mine, bare, _ = ground.median_of_pairs(cpu(ours), cpu(floor), rounds)
        ground.report(
            18, f"{vendor}: {name}", mine, bare, "≤ 1.5" if bare > 10 else "", texts=texts,
            indexed_in=round(seconds, 1),
        )  # fmt: skip


def text_model() -> Any:
    from django.db import models

    from portal.search.models import SearchText

    class Text(SearchText):
        scope = models.IntegerField()

        class Meta(SearchText.Meta):
            app_label = "bench"
            db_table = TABLE

    return Text


def page_of(model: Any, typed: str, scoped: bool) -> Callable[[], list[int]]:
    """The first page as a desk asks for it."""
    from portal.search.models import NEWEST
    from portal.ui.pages import keyset_page

    def page() -> list[int]:
        found = model.objects.matching(typed).only("at")
        found = found.filter(scope=7) if scoped else found
        return [row.pk for row in keyset_page(found, order=NEWEST, cursor="", size=25).rows]

    return page


def statement(model: Any, typed: str, scoped: bool) -> Callable[[], list[int]]:
    """The same rows by SQL alone."""
    from django.db import connection

    found = model.objects.matching(typed).only("at")
    sql, params = (found.filter(scope=7) if scoped else found)[:26].query.sql_with_params()

    def bare() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return [row[0] for row in cursor.fetchall()[:25]]

    return bare


def cpu(work: Callable[[], object]) -> Callable[[], float]:
    """Milliseconds of this process and of the database's, each time."""
    from django.db import connection

    def database() -> float:
        if connection.vendor == "sqlite":
            return 0.0
        return ground.cpu_of(connection.connection.info.backend_pid)

    def once() -> float:
        mine, theirs = time.process_time(), database()
        for _ in range(TIMES):
            work()
        return (time.process_time() - mine + database() - theirs) * 1000 / TIMES

    return once


def fill(texts: int) -> float:
    """Make the table and its index; the seconds that the index took."""
    from django.db import connection, transaction

    from portal.search.index import install_sql

    postgres = connection.vendor == "postgresql"
    key = "bigserial PRIMARY KEY" if postgres else "integer PRIMARY KEY AUTOINCREMENT"
    at = "timestamptz" if postgres else "datetime"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id {key}, at {at}, scope integer, body text)")
        insert = f"INSERT INTO {TABLE} (at, scope, body) VALUES (%s, %s, %s)"
        with transaction.atomic():
            cursor.executemany(insert, [*rows(texts)])
        cursor.execute(f"CREATE INDEX {TABLE}_scope ON {TABLE} (scope)")
        start = time.monotonic()
        for sql in install_sql(connection.vendor, TABLE):
            cursor.execute(sql)
        seconds = time.monotonic() - start
        cursor.execute("ANALYZE")
    return seconds


def rows(texts: int) -> Iterator[tuple[datetime, int, str]]:
    """Folded words, alike in every run."""
    chance = random.Random(18)
    letters = "abcdefghijlmnopqrtuvz"
    rare = ["".join(chance.choices(letters, k=chance.randint(4, 10))) for _ in range(30_000)]
    for number in range(texts):
        words = {f"raro{number // 3}", *chance.choices(rare, k=WORDS)}
        words |= {word for word in COMMON if chance.random() < 0.5}
        yield START + timedelta(minutes=number), number % SCOPES, " ".join(sorted(words))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    main()
