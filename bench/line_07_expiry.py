"""Line 7: the removal of expired documents, end to end, against bare unlink of the same files.

    .venv/bin/python bench/line_07_expiry.py [--documents 4000] [--rounds 7] [--many 200000] [--sqlite]

Each round removes as many files twice, once with ``unlink`` alone (the floor) and once with
``invoices.services.removal.expire``: locks, tombstones, audit, rows, commits. The second part
removes many rows whose files are gone already: memory and the time of the last chunk.
"""

import argparse
import itertools
import os
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import filling
import ground

FILE_BYTES = 40_000  # about a signed invoice of two pages
PERIOD, LAST_DAY = date(2024, 1, 1), date(2024, 7, 15)
ENDED = datetime(2024, 7, 16, 3, tzinfo=UTC)
COLUMNS = {
    "period": PERIOD, "file_name": "a.pdf", "content_type": "application/pdf", "size": FILE_BYTES,
    "sha256": "ab" * 32, "source_sha256": "cd" * 32, "signature": "pades", "signed_by": "Bench",
    "signed_at": ENDED - timedelta(days=182), "published_at": ENDED - timedelta(days=182),
    "available_until": LAST_DAY, "expires_at": ENDED,
}  # fmt: skip


def main() -> None:
    options = arguments()
    with ground.servers() as environment:
        if options.sqlite:
            environment["DATABASE_URL"] = f"sqlite:///{environment['VAR_DIR']}/bench.sqlite3"
        os.environ.update(environment)
        prepare()
        compare(options.documents, options.rounds)
        many(options.many)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--sqlite", action="store_true")
    return parser.parse_args()


def prepare() -> None:
    """An empty database with three companies of two units."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.factories import make_company, make_type, make_unit

    make_type()
    for i in range(3):
        company = make_company(f"Company {i}")
        make_unit(company)
        make_unit(company)


def compare(documents: int, rounds: int) -> None:
    """Rates of whole rounds; the first is not counted."""
    pairs = [one_round(documents, i) for i in range(rounds + 1)][1:]
    by_ratio = sorted(pairs, key=lambda pair: pair[0] / pair[1])
    ours, floor = by_ratio[len(by_ratio) // 2]
    ground.report(7, "documents removed per second, against bare unlink", ours, floor, "≥ 0.9")


def one_round(count: int, number: int) -> tuple[float, float]:
    """Documents per second, ours and the floor; which goes first alternates."""
    from django.conf import settings

    from invoices.services.removal import expire

    media = Path(settings.PRIVATE_MEDIA_ROOT)
    bare = write_files(media, f"bare{number}", count)
    keys = write_files(media, f"ours{number}", count)
    insert_documents(keys)
    os.sync()
    seconds = {}
    for which in ("bare", "ours") if number % 2 else ("ours", "bare"):
        start = time.perf_counter()
        if which == "bare":
            for key in bare:
                os.unlink(f"{media}/{key}")  # noqa: PTH108 - the bare call is the floor
        else:
            run = expire(as_of=datetime.now(UTC))
            assert run.removed == count
        seconds[which] = time.perf_counter() - start
    return count / seconds["ours"], count / seconds["bare"]


def write_files(media: Path, prefix: str, count: int) -> list[str]:
    content = os.urandom(FILE_BYTES)
    keys = [f"{prefix}/{i % 256:02x}/{i:032x}.pdf" for i in range(count)]
    for key in keys:
        path = media / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return keys


def insert_documents(keys: list[str]) -> None:
    from invoices.models import Document, DocumentEvent, DocumentType
    from portal.accounts.models import Unit
    from portal.public_codes import new_code

    units, kind = list(Unit.objects.all()), DocumentType.objects.get()
    for start in range(0, len(keys), 5000):
        documents = [
            Document(
                unit=units[(start + i) % len(units)],
                type=kind,
                number=f"{key[-20:-4]}-{new_code(8)}",
                file_key=key,
                verification_code=new_code(),
                **COLUMNS,
            )
            for i, key in enumerate(keys[start : start + 5000])
        ]
        Document.objects.bulk_create(documents)
        DocumentEvent.objects.bulk_create(
            DocumentEvent(document=d, kind=kind_, at=ENDED - timedelta(days=9))
            for d in documents for kind_ in ("published", "seen")
        )  # fmt: skip


def many(count: int) -> None:
    """Time of the chunks and memory over many documents, whose files are gone already."""
    from django.db import connection

    from invoices.services.removal import expire

    if connection.vendor == "postgresql":
        filling.fill_expired(count, **COLUMNS)
    else:
        for start in range(0, count, 50_000):
            some = range(start, min(start + 50_000, count))
            insert_documents([f"none/{i:032x}.pdf" for i in some])
            print(f"  {some.stop} of {count} documents made", file=sys.stderr)
    started = time.perf_counter()
    times: list[float] = [cpu_seconds()]
    memory: list[int] = []

    def note(_run: object) -> None:
        times.append(cpu_seconds())
        memory.append(resident_kb())

    expire(as_of=datetime.now(UTC), on_chunk=note)
    spent = [b - a for a, b in itertools.pairwise(times)]
    tenth = max(len(spent) // 10, 1)
    last, first = statistics.median(spent[-tenth:]) * 1000, statistics.median(spent[:tenth]) * 1000
    rate = round(count / (time.perf_counter() - started))
    ground.report(
        7,
        f"last chunks of {count:,} documents, ms of CPU, against the first",
        last,
        first,
        "≤ 1.2",
        rate=rate,
    )
    early = memory[min(19, len(memory) - 1)]
    ground.report(
        7,
        "memory at the last chunk against the 20th, MB",
        memory[-1] / 1024,
        early / 1024,
        "≤ 1.05",
    )


def cpu_seconds() -> float:
    """Of this process and of the database's behind its connection."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return time.process_time()
    return time.process_time() + ground.cpu_of(connection.connection.info.backend_pid)


def resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


if __name__ == "__main__":
    main()
