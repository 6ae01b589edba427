"""The ground of lines 10 to 12: a million service orders, and what a page asks about them.

Each line takes the statements on orders that a page really makes, and runs them again beside a bare
statement: milliseconds of the database's process. ``--database`` names one that was filled before
(``postgres://…``): it is taken as it is, and kept.
"""

import argparse
import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ground

PAGE = 26  # rows that a page asks for: one more than it shows
TIMES = 10
TABLES = '"tickets_'
GRANTS = '"scopes")::text'  # grants that open one service
Statement = tuple[str, Any]


def options_of(description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--orders", type=int, default=100_000, help="1000000 takes minutes to fill")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--database", default="", help="a database that was filled before")
    return parser.parse_args()


@contextlib.contextmanager
def site_of(options: argparse.Namespace) -> Iterator[ground.Site]:
    """The portal over so many orders."""
    with ground.servers() as environment:
        if options.database:
            os.environ.update(environment, DATABASE_URL=options.database)
        else:
            os.environ.update(ground.new_database(environment, "orders"))
        from filling_tickets import fill_tickets

        yield ground.Site(
            options.orders, fill=fill_tickets, is_filled=_has_orders, people=("ana", "agente", "admin")
        )  # fmt: skip


def _has_orders() -> bool:
    from tickets.models import Ticket

    return bool(Ticket.objects.exists())


def statements_of(work: Callable[[], object]) -> list[Statement]:
    """What this asks the database about orders, and about who may see them."""
    from django.db import connection

    found: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if (TABLES in sql or GRANTS in sql) and sql.lstrip("(").startswith("SELECT"):
            found.append((sql, params))
        return execute(sql, params, many, context)

    work()
    with connection.execute_wrapper(note):
        work()
    return found


def database_cpu(statements: Sequence[Statement]) -> Callable[[], float]:
    """Milliseconds of the database's process for all of them, read to their end."""
    from django.db import connection

    def once() -> float:
        connection.ensure_connection()
        backend = connection.connection.info.backend_pid
        before = ground.cpu_of(backend)
        with connection.cursor() as cursor:
            for _ in range(TIMES):
                for sql, params in statements:
                    cursor.execute(sql, params)
                    cursor.fetchall()
        return (ground.cpu_of(backend) - before) * 1000 / TIMES

    return once


def compare(
    options: argparse.Namespace, *, line: int, measure: str, work: Callable[[], object],
    bare: Sequence[Statement], goal: str = "≤ 3",
) -> None:  # fmt: skip
    """The statements of ``work``, a page or a service, against the bare ones."""
    asked = statements_of(work)
    ours, floor, _ = ground.median_of_pairs(database_cpu(asked), database_cpu(bare), options.rounds)
    ground.report(line, measure, ours, floor, goal, statements=len(asked), orders=options.orders)
