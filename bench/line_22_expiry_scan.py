"""Line 22: the daily scan of accesses that expire, against the bare index scan of the same rows.

    .venv/bin/python bench/line_22_expiry_scan.py [--proxies 1000000] [--rounds 5]

Ours: every item that ``watching.due`` gives, all accesses being due at once. Bare: the same rows read
in the same order by one statement over the same index, in pieces by a cursor of the server. CPU of
this process and of its database connection together. Memory: the peak of this process after the
whole scan against that after a tenth of it.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable
from datetime import date
from itertools import islice

import ground

OFFICE_HOLDS = 40
BARE = (
    "SELECT * FROM proxies_proxy WHERE status IN ('active', 'refused') ORDER BY ends_on, id"
)  # fmt: skip
EVER = (date(2000, 1, 1), date(2200, 1, 1))
PIECE = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proxies", type=int, default=200_000, help="1000000 takes minutes")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with ground.servers() as environment:
        os.environ.update(ground.new_database(environment, "proxies"))
        import django

        django.setup()
        fill(options.proxies)
        memory(options.proxies)
        ours, floor, ratio = ground.median_of_pairs(
            lambda: cpu(scan), lambda: cpu(bare), options.rounds
        )
        ground.report(
            22, "scan of accesses that expire", ours, floor, "≤ 3", median_ratio=round(ratio, 3),
            proxies=options.proxies,
        )  # fmt: skip


def fill(count: int) -> None:
    """So many accesses of offices with forty each, which end over three years."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from portal.accounts.models import Company
    from proxies.models import Agency, Proxy

    connection.settings_dict["CONN_MAX_AGE"] = None
    call_command("migrate", verbosity=0)
    offices = max(count // OFFICE_HOLDS, 1)
    Company.objects.bulk_create(
        (
            Company(name=f"Escritório {n}", tax_id=f"{n:014d}", kind=Company.Kind.OFFICE)
            for n in range(offices)
        ),
        batch_size=5000,
    )
    first = Company.objects.order_by("pk").values_list("pk", flat=True)[0]
    today = timezone.localdate()
    Proxy.objects.create(
        office_id=first, agency=Agency.objects.all()[0], kind="login", name="ACESSO",
        holder="0" * 14, value_set_on=today, ends_on=today,
    )  # fmt: skip
    columns = [str(field.column) for field in Proxy._meta.concrete_fields if not field.primary_key]
    of_each = {
        "name": "'ACESSO ' || n", "office_id": f"{first} + n % {offices}",
        "ends_on": "ends_on + n % 1000", "end_is_known": "n % 10 > 0",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO proxies_proxy ({', '.join(columns)}) "
            f"SELECT {', '.join(of_each.get(name, name) for name in columns)} "
            f"FROM proxies_proxy, generate_series(1, {count - 1}) n"
        )
        cursor.execute("VACUUM ANALYZE proxies_proxy")
        cursor.execute("ANALYZE accounts_company")


def scan(most: int | None = None) -> int:
    from proxies.services.watching import due

    return sum(1 for _ in islice(due(*EVER), most))


def bare() -> int:
    from django.db import connection

    count = 0
    connection.ensure_connection()
    with connection.connection.transaction(), connection.connection.cursor("bare") as cursor:
        cursor.execute(BARE)
        while rows := cursor.fetchmany(PIECE):
            count += len(rows)
    return count


def cpu(work: Callable[[], int]) -> float:
    """Milliseconds of this process and of its connection."""
    from django.db import connection

    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    mine, theirs = time.process_time(), ground.cpu_of(backend)
    work()
    return (time.process_time() - mine + ground.cpu_of(backend) - theirs) * 1000


def memory(count: int) -> None:
    """Peak resident megabytes; before anything else is read whole."""
    peaks = []
    for most in (count // 10, None):
        scan(most)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    ground.report(
        22, "its memory, against a tenth of the scan", peaks[1], peaks[0], "≤ 1.05", proxies=count
    )


if __name__ == "__main__":
    main()
