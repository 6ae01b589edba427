"""Line 14: a bank's return file, handed in to staged, against reading its lines and cutting them.

    .venv/bin/python bench/line_14_return_file.py [--lines 20000] [--postgres]

Each run is a process of its own with a new database. CPU time is that of the process, of the
parser's child processes and, on PostgreSQL, of the database's process behind the connection. It is
set against reading the same lines and slicing the same fields, and against a bare ``bulk_create``
of the rows that are staged: Django takes that much for them whatever reads the file. The highest
memory is set against that of a run with a tenth of the lines.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ground

ROUNDS = 5
SLIPS = 500
T = ((16, 17), (38, 46), (59, 73), (82, 96), (199, 213), (214, 223))
U = ((18, 32), (78, 92), (93, 107), (138, 145), (146, 153))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(one_run(options.lines)))
        return
    many = measured(options.lines, options.postgres)
    few = measured(options.lines // 10, options.postgres)
    where = "PostgreSQL" if options.postgres else "SQLite"
    title = f"CPU ms, return file of {options.lines} lines to staged, {where}"
    ground.report(14, f"{title}, against slicing it", many["ours"], many["slicing"], "≤ 10")
    ground.report(14, f"{title}, against bulk_create", many["ours"], many["insert"], "≤ 3")
    ground.report(14, "highest memory, MB, against a tenth of the lines", many["memory"],
                  few["memory"], "≤ 1.1")  # fmt: skip


def measured(lines: int, on_postgres: bool) -> dict[str, float]:
    if on_postgres:
        with ground.servers() as environment:
            return _run(lines, environment)
    with tempfile.TemporaryDirectory(prefix="balcao-bench-") as folder:
        environment = {
            **os.environ, "VAR_DIR": folder, "REDIS_URL": "memory://", "DEMO": "0",
            "LOG_LEVEL": "ERROR", "PYTHONPATH": str(ground.ROOT),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        }  # fmt: skip
        return _run(lines, environment)


def _run(lines: int, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--run", "--lines", str(lines)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def one_run(lines: int) -> dict[str, float]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    connection.settings_dict["CONN_MAX_AGE"] = None
    with tempfile.TemporaryDirectory(prefix="balcao-bench-") as folder:
        path = Path(folder) / "retorno.ret"
        write_file(path, lines)
        ours, slicing, _ratio = ground.median_of_pairs(
            lambda: staged(path), lambda: sliced(path), ROUNDS
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    insert = sorted(inserted(lines // 2) for _ in range(ROUNDS))[ROUNDS // 2]
    return {
        "ours": ours * 1000, "slicing": slicing * 1000, "insert": insert * 1000, "memory": memory,
    }  # fmt: skip


def write_file(path: Path, lines: int) -> None:
    """A file of Sicoob that settles each of some slips, and then numbers that nobody knows."""
    from django.utils import timezone

    from portal.payments.services.slips import issue_slip
    from tests.factories.payments import make_agreement, make_charge
    from tests.payments.returns import as_bytes, cents, event_240, file_240

    agreement = make_agreement("756")
    for _number in range(SLIPS):
        issue_slip(make_charge(agreement=agreement, cents=10_000), at=timezone.now())
    head, lot, end, last = file_240("756", [])
    with path.open("wb") as file:  # line by line, so that the memory measured is not the bench's
        file.write(as_bytes([head, lot]))
        for at in range(lines // 2):
            number, place = cents(at + 1, 9) + "0", 2 * at % 99_998 + 1
            file.write(as_bytes(event_240("756", "06", at=place, paid=10_000, number=number)))
        file.write(as_bytes([end, last[:23] + cents(lines + 4, 6) + last[29:]]))


def cpu_seconds() -> float:
    """Of this process, its parsers and the database's process behind its connection."""
    from django.db import connection

    seconds = time.process_time() + ground.sandbox_seconds()
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        seconds += ground.cpu_of(connection.connection.info.backend_pid)
    return seconds


def staged(path: Path) -> float:
    """CPU seconds of ours, on a new import."""
    from portal.payments.models import BankFile
    from portal.payments.services import return_files

    bank_file = BankFile.objects.create(name="bench", status="checking")
    with path.open("rb") as file:
        began = cpu_seconds()
        assert return_files.check(bank_file, file, seconds=float("inf"))
        spent = cpu_seconds() - began
    bank_file.rows.all()._raw_delete("default")
    return spent


def inserted(count: int) -> float:
    """CPU seconds of ``bulk_create`` alone, for as many rows in chunks as large."""
    from portal.payments.models import BankFile, BankFileRow
    from portal.payments.services.return_files import CHUNK

    bank_file = BankFile.objects.create(name="bench", status="checking")
    values = {
        "line": 2, "movement": "06", "number": "000000001", "document": "", "reasons": "",
        "occurred_on": "2026-03-19", "credited_on": "2026-03-20", "face": 10_000, "paid": 10_000,
        "net": 10_000, "fee": 0, "interest": 0, "pix": "",
    }  # fmt: skip
    rows = [
        BankFileRow(batch=bank_file, line=at, number=str(at), values=values, outcome="unknown")
        for at in range(1, count + 1)
    ]
    began = cpu_seconds()
    for at in range(0, count, CHUNK):
        BankFileRow.objects.bulk_create(rows[at : at + CHUNK])
    spent = cpu_seconds() - began
    bank_file.rows.all()._raw_delete("default")
    return spent


def sliced(path: Path) -> float:
    """CPU seconds of the floor: the same lines, the same fields."""
    began = time.process_time()
    with path.open("rb") as file:
        for raw in file:
            line = raw.decode("latin-1").rstrip("\r\n").ljust(240)
            if line[7] == "3":
                places = T if line[13] == "T" else U
                [line[first - 1 : last].strip() for first, last in places]
    return time.process_time() - began


if __name__ == "__main__":
    main()
