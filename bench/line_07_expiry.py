"""Line 7: the removal of expired documents, end to end, against bare unlink of the same files.

    .venv/bin/python bench/line_07_expiry.py [--documents 4000] [--rounds 7] [--many 1000000] [--sqlite]

Each round removes as many files twice, once with ``unlink`` alone (the floor) and once with
``invoices.jobs.retention.expire``: locks, tombstones, audit, rows, commits. The second part
removes many rows whose files are gone already: memory and the time of the last chunk.
"""

import argparse
import contextlib
import itertools
import os
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]
PERIOD, LAST_DAY = date(2024, 1, 1), date(2024, 7, 15)
FILE_BYTES = 40_000  # about a signed invoice of two pages
ENDED = datetime(2024, 7, 16, 3, tzinfo=UTC)


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        prepare(folder, stack, sqlite=options.sqlite)
        ratios = [one_round(options.documents, i) for i in range(options.rounds + 1)][1:]
        ratio = statistics.median(ratios)
        print(
            f"end to end against bare unlink: {ratio:.2f} (goal 0.9; rounds {min(ratios):.2f}–{max(ratios):.2f})"
        )
        many(options.many)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--sqlite", action="store_true")
    return parser.parse_args()


def prepare(folder: Path, stack: contextlib.ExitStack, *, sqlite: bool) -> None:
    """A throw-away database and store with a unit in it."""
    os.environ.update(
        VAR_DIR=str(folder), REDIS_URL="memory://", DJANGO_SETTINGS_MODULE="portal.settings"
    )
    url = f"sqlite:///{folder / 'bench.sqlite3'}"
    if not sqlite:
        import throwaway

        url = stack.enter_context(throwaway.postgres(folder))
    os.environ.update(
        DATABASE_URL=url, SECRET_KEY="bench", EMAIL_URL="dummymail://", ALLOWED_HOSTS="*",
        VAULT_KEYRING="{}", BASE_URL="http://localhost",
    )  # fmt: skip
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    stack.callback(connection.close)
    from tests.factories import make_company, make_type, make_unit

    make_type()
    for i in range(3):
        company = make_company(f"Company {i}")
        make_unit(company)
        make_unit(company)


def one_round(count: int, number: int) -> float:
    """Documents per second of ours over those of the floor; which goes first alternates."""
    from django.conf import settings

    from invoices.jobs.retention import expire

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
    rates = {which: count / spent for which, spent in seconds.items()}
    print(
        f"  bare {rates['bare']:7.0f}/s   ours {rates['ours']:7.0f}/s   {rates['ours'] / rates['bare']:.2f}"
    )
    return rates["ours"] / rates["bare"]


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
    from invoices.models.documents import new_code
    from portal.accounts.models import Unit

    units, kind = list(Unit.objects.all()), DocumentType.objects.get()
    for start in range(0, len(keys), 5000):
        documents = [
            Document(
                unit=units[(start + i) % len(units)],
                type=kind,
                period=PERIOD,
                number=f"{key[-20:-4]}-{new_code(8)}",
                file_key=key,
                file_name="a.pdf",
                content_type="application/pdf",
                size=FILE_BYTES,
                sha256="ab" * 32,
                source_sha256="cd" * 32,
                signature="pades",
                signed_by="Bench",
                signed_at=ENDED - timedelta(days=182),
                verification_code=new_code(),
                published_at=ENDED - timedelta(days=182),
                available_until=LAST_DAY,
                expires_at=ENDED,
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

    from invoices.jobs.retention import expire

    for start in range(0, count, 50_000):
        insert_documents([f"none/{i:032x}.pdf" for i in range(start, min(start + 50_000, count))])
        print(f"  {min(start + 50_000, count)} of {count} documents made", end="\r", flush=True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    times: list[float] = [time.perf_counter()]
    memory: list[int] = []

    def note(_run: object) -> None:
        times.append(time.perf_counter())
        memory.append(resident_kb())

    expire(as_of=datetime.now(UTC), on_chunk=note)
    spent = [b - a for a, b in itertools.pairwise(times)]
    tenth = max(len(spent) // 10, 1)
    first, last = statistics.median(spent[:tenth]), statistics.median(spent[-tenth:])
    print(f"{count} documents: {count / (times[-1] - times[0]):.0f}/s")
    print(f"last chunks against first: {last / first:.2f} (goal 1.2)")
    print(
        f"memory, last against 20th chunk: {memory[-1] / memory[min(19, len(memory) - 1)]:.2f} ({memory[-1] // 1024} MB, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB)"
    )


def resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


if __name__ == "__main__":
    main()
