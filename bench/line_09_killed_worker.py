"""Line 9: 1,000 jobs of the outbox, the worker killed after 300; nothing lost, nothing doubled.

    .venv/bin/python bench/line_09_killed_worker.py [--jobs 1000] [--kill-at 300] [--sqlite]

A real worker with beat on a real Valkey. SIGKILL takes the worker and all its processes at once,
then a new one starts, as a supervisor would do. Each job adds one row to a table without a unique
key, in the transaction that notes it done (``atomic``), and takes about 20 ms.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import ground

WITHIN = 240.0  # seconds until we stop waiting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kill-at", type=int, default=300)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work()
        return
    with environment(sqlite=options.sqlite) as variables:
        os.environ.update(variables)
        prepare(options.jobs)
        run(options.jobs, options.kill_at)


@contextlib.contextmanager
def environment(*, sqlite: bool) -> Iterator[dict[str, str]]:
    with ground.servers() as variables, tempfile.TemporaryDirectory() as folder:
        if sqlite:
            variables["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        yield variables


def register() -> None:
    """The job that the bench enqueues; its worker knows it too."""
    import django

    django.setup()
    from django.db import connection

    from portal.outbox.registry import job

    @job("bench.effect", attempts=10, atomic=True)
    def effect(number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_effect (number) VALUES (%s)", [number])
        time.sleep(0.02)


def prepare(jobs: int) -> None:
    register()
    from django.core.management import call_command
    from django.db import connection, transaction

    from portal.outbox.services import enqueue_job

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_effect (number integer NOT NULL)")
    with transaction.atomic():
        for number in range(jobs):
            enqueue_job("bench.effect", key=f"bench:{number}", number=number)


def work() -> None:
    register()
    from portal.celery import app

    schedule = Path(os.environ["VAR_DIR"]) / f"beat-{os.getpid()}"
    app.worker_main(["worker", "-c2", "-B", "-s", str(schedule), "-lERROR"])


def run(jobs: int, kill_at: int) -> None:
    worker = start()
    wait_for(kill_at)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    killed, before = time.monotonic(), effects()[0]
    held = running()
    worker = start()
    try:
        settled = wait_until_none_of(held)
        wait_for(jobs)
        time.sleep(1)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    count, distinct = effects()
    note = {"killed_after": before, "held_when_killed": len(held)}
    tell("jobs lost", jobs - distinct, "≤ 0", **note)
    tell("effects doubled", count - distinct, "≤ 0")
    tell("seconds until what the dead worker held was done", settled - killed, "≤ 60")


def start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, __file__, "--worker"], start_new_session=True, stdout=subprocess.DEVNULL
    )


def effects() -> tuple[int, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT number) FROM bench_effect")
        count, distinct = cursor.fetchone()
    return count, distinct


def running() -> list[int]:
    from portal.outbox.models import Entry

    return list(Entry.objects.filter(status=Entry.Status.RUNNING).values_list("pk", flat=True))


def wait_for(count: int) -> None:
    deadline = time.monotonic() + WITHIN
    while effects()[1] < count and time.monotonic() < deadline:
        time.sleep(0.1)


def wait_until_none_of(held: list[int]) -> float:
    """When the last of these entries was done."""
    from portal.outbox.models import Entry

    deadline = time.monotonic() + WITHIN
    waiting = Entry.objects.filter(pk__in=held).exclude(status=Entry.Status.DONE)
    while waiting.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    return time.monotonic()


def tell(measure: str, value: float, goal: str, **more: object) -> None:
    """The floor is 0: the value itself is what counts."""
    row = {"line": 9, "measure": measure, "ours": round(value, 2), "floor": 0,
           "ratio": round(value, 2), "goal": goal, **more}  # fmt: skip
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
