"""Line 20: publishing in bulk, from the uploaded zip to the last mail, on SQLite and on PostgreSQL.

    .venv/bin/python bench/line_20_bulk_publish.py [--documents 10000] [--only sqlite|postgresql]

Each run is a process of its own with a new database: it hands in a zip with its manifest and lets
the outbox do the rest, as a worker does. Its CPU time is set against signing alone of the same
number of documents (the floor); its highest memory against that of a run with a tenth of them.
Without ``--documents`` 1,000: a run of 10,000 takes some minutes on each database.
"""

import argparse
import contextlib
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import ground

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]
UNITS, READERS = 20, 40
MARK = b"000000000000"  # in the PDF, so that each is another
CPU_GOAL, MEMORY_GOAL = 3.0, 1.1


def main() -> None:
    options = arguments()
    if options.run:
        print(json.dumps(one_run(Path(options.run), options.documents)))
        return
    names = [options.only] if options.only else ["sqlite", "postgresql"]
    with tempfile.TemporaryDirectory(prefix="balcao-bench-") as folder:
        for name in names:
            compare(name, Path(folder), options.documents)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--run", help=argparse.SUPPRESS)
    return parser.parse_args()


def compare(name: str, folder: Path, documents: int) -> None:
    few = measured(name, folder / f"{name}-few", max(documents // 10, 100))
    many = measured(name, folder / f"{name}-many", documents)
    report(f"{name}: CPU ms per document, against signing", many["cpu"], many["sign"], CPU_GOAL)
    memory = f"{name}: highest memory, MB, {documents} documents against a tenth"
    report(memory, many["memory"], few["memory"], MEMORY_GOAL)
    last = f"{name}: CPU ms of a chunk in the last quarter against the first"
    report(last, many["last"], many["first"], 1.2)
    for what in ("check", "publish"):
        # Wall time: what a person waits for; no goal, other work on the machine moves it.
        report(f"{name}: documents a second, {what}", many[what], many["sign_rate"], None)


def report(measure: str, ours: float, floor: float, goal: float | None) -> None:
    row = {
        "line": 20, "measure": measure, "ours": round(ours, 3), "floor": round(floor, 3),
        "ratio": round(ours / floor, 3), "goal": f"<= {goal}" if goal else "",
    }  # fmt: skip
    print(json.dumps(row), flush=True)


def measured(name: str, folder: Path, documents: int) -> dict[str, float]:
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{folder / 'bench.sqlite3'}"
        if name == "postgresql":
            import throwaway

            url = stack.enter_context(throwaway.postgres())
        environment = {
            **os.environ, "VAR_DIR": str(folder), "DATABASE_URL": url, "REDIS_URL": "memory://",
            "SECRET_KEY": "bench", "EMAIL_URL": "dummymail://", "ALLOWED_HOSTS": "*", "DEMO": "1",
            "VAULT_KEYRING": json.dumps({"bench": "A" * 43 + "="}), "BASE_URL": "http://localhost",
            "DJANGO_SETTINGS_MODULE": "portal.settings", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        command = [sys.executable, __file__, "--run", str(folder), "--documents", str(documents)]
        done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
        result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def one_run(folder: Path, documents: int) -> dict[str, float]:
    """The figures of one run: CPU in ms per document, memory in MB, documents a second."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    clerk, codes = people()
    pdf = a_document()
    data = folder / "lote.zip"
    write_zip(data, codes, pdf, documents)
    sign_wall, sign = signing_alone(pdf, min(documents, 300))

    from invoices.services import batch_actions
    from portal.outbox import delivery

    chunks = noting_chunks()
    start, cpu = time.perf_counter(), cpu_ms()
    with data.open("rb") as file:
        batch, _new = batch_actions.receive(file, None, name="bench", by=clerk)
    data.unlink()
    settled(delivery.sweep)
    checked = time.perf_counter()
    batch.refresh_from_db()
    assert batch.status == "checked", (batch.status, batch.problem, batch.counts)
    batch_actions.publish(batch, by=clerk, at=timezone.now())
    settled(delivery.sweep)
    published, cpu = time.perf_counter(), cpu_ms() - cpu
    batch.refresh_from_db()
    assert (batch.status, batch.counts["new"]) == ("applied", documents), batch.counts
    first, last = first_and_last(chunks)
    return {
        "cpu": cpu / documents, "sign": sign, "sign_rate": 1 / sign_wall,
        "check": documents / (checked - start), "publish": documents / (published - checked),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "first": first, "last": last,
    }  # fmt: skip


def cpu_ms() -> float:
    """Of this process and of its sandbox, which looks at the PDFs."""
    return (time.process_time() + ground.sandbox_seconds()) * 1000


def settled(sweep: object) -> None:
    """Sweep until nothing waits, as a worker does over time."""
    while sweep(seconds=3600):  # type: ignore[operator]
        pass


def people() -> tuple[object, list[str]]:
    """A clerk, units and those who read for them."""
    from tests.factories import make_cast, make_company, make_grant, make_type, make_unit, make_user

    cast = make_cast()
    make_type()
    units = [make_unit(make_company(f"Company {i}")) for i in range(UNITS)]
    for i in range(READERS):
        make_grant(make_user(f"Reader{i}"), units[i % UNITS])
    return cast.faturista, [unit.code for unit in units]


def a_document() -> bytes:
    """An invoice of one page with text and an embedded font, as WeasyPrint makes them: 15 KB."""
    import pikepdf
    from weasyprint import HTML

    rows = "".join(f"<tr><td>Serviço {i}<td>R$ {i}.000,00" for i in range(30))
    made = HTML(string=f"<h1>Fatura de serviços</h1><table>{rows}</table>").write_pdf()
    with pikepdf.open(io.BytesIO(made)) as pdf:
        pdf.docinfo["/Subject"] = MARK.decode()
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert out.getvalue().count(MARK) == 1
    return out.getvalue()


def write_zip(path: Path, codes: list[str], pdf: bytes, documents: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        lines = ["unidade;tipo;periodo;numero;valor;vencimento;arquivo"]
        for i in range(documents):
            code = codes[i % len(codes)]
            lines.append(f"{code};fatura-servicos;03/2026;{i};1.234,56;10/04/2026;{i}.pdf")
            archive.writestr(f"{i}.pdf", pdf.replace(MARK, b"%012d" % i))
        archive.writestr("manifesto.csv", "\n".join(lines))


def signing_alone(pdf: bytes, times: int) -> tuple[float, float]:
    """Seconds (wall) and milliseconds (CPU) per signature with its stamp, the signer loaded."""
    from django.utils import timezone

    from certificates.services import current_signer
    from certificates.signatures.signing import Stamp, sign_pdf

    signer = current_signer(timezone.now())
    stamp = Stamp("ABCDEFGHJKMNPQRS", "http://localhost/verificar/ABCDEFGHJKMNPQRS/")
    sign_pdf(pdf, signer, reason="x", stamp=stamp)
    wall, cpu = time.perf_counter(), cpu_ms()
    for _ in range(times):
        sign_pdf(pdf, signer, reason="x", stamp=stamp)
    return (time.perf_counter() - wall) / times, (cpu_ms() - cpu) / times


def noting_chunks() -> list[float]:
    """The CPU time, in ms, that each chunk takes to be published, noted as they come."""
    from invoices.services import batch_publishing

    real, taken = batch_publishing._publish_chunk, []

    def noted(*args: object) -> None:
        before = cpu_ms()
        real(*args)  # type: ignore[arg-type]
        taken.append(cpu_ms() - before)

    batch_publishing._publish_chunk = noted
    return taken


def first_and_last(chunks: list[float]) -> tuple[float, float]:
    """The median chunk of the first and of the last quarter; the last chunk may be short."""
    quarter = max(len(chunks) // 4, 1)
    return statistics.median(chunks[:quarter]), statistics.median(chunks[:-1][-quarter:] or chunks)


if __name__ == "__main__":
    main()
