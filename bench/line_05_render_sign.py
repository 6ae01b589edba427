"""Line 5: CPU of rendering and signing an invoice against bare, warm WeasyPrint; processes; memory.

Bare: the same HTML and style sheet handed to WeasyPrint as its manual shows, a font
configuration and a parsed style sheet for each document.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import ground
import paper

ROUNDS, TIMES, MANY, SHARE = 9, 4, 400, 40


def cpu(work: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        start = time.process_time()
        for _ in range(TIMES):
            work()
        return (time.process_time() - start) * 1000 / TIMES

    return measure


def workers() -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """Ours, and the floor: both start from the same row."""
    import weasyprint
    from django.template.loader import render_to_string
    from django.utils import translation

    draft, provider, signer = paper.start()
    from certificates.signatures.signing import sign_pdf
    from invoices import generation

    stamp = paper.a_stamp()
    sheet = generation._CSS.read_text().replace("Balcao Sans", "Liberation Sans")
    sheet += ":root { --accent: #1f5f8b }"

    def ours() -> bytes:
        pdf = generation.render_invoice(draft, provider)
        return sign_pdf(pdf, signer, reason="x", stamp=stamp, is_ours=True)

    def floor() -> bytes:
        with translation.override("pt-br"):
            context = generation._context(draft, provider, preview=False)
            html = render_to_string("invoices/print/invoice.html", context)
        css = weasyprint.CSS(string=sheet)
        return bytes(
            weasyprint.HTML(string=html).write_pdf(stylesheets=[css], pdf_variant="pdf/a-3b")
        )

    return ours, floor


def resident() -> int:
    """KiB in use now."""
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def child(task: str) -> None:
    """A process of its own: how much memory it grows to, or how long a share of the work takes."""
    ours, _ = workers()
    for _ in range(20):
        ours()
    early = resident()
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.process_time()
    for _ in range(MANY - 20 if task == "memory" else SHARE):
        ours()
    # CPU time: what two processes cost one another, whatever else the machine is doing.
    print(json.dumps({"seconds": time.process_time() - start, "early": early, "late": resident()}))


def run_children(task: str, count: int) -> list[dict[str, float]]:
    """They start together once all are warm."""
    command = [sys.executable, __file__, task]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [subprocess.Popen(command, **pipes) for _ in range(count)]  # type: ignore[call-overload]
    for process in children:
        process.stdout.readline()
    for process in children:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate()[0]) for process in children]


def main() -> None:
    ours, floor = workers()
    ground.report(
        5, "render and sign an invoice of 20 items, CPU ms",
        *ground.median_of_pairs(cpu(ours), cpu(floor), ROUNDS)[:2], "<= 0.9",
    )  # fmt: skip
    [memory] = run_children("memory", 1)
    ground.report(
        5,
        "memory at document 400 against document 20, KiB",
        memory["late"],
        memory["early"],
        "<= 1.05",
    )
    one, two = [], []
    for _ in range(5):
        one.append(SHARE / run_children("speed", 1)[0]["seconds"])
        two.append(sum(SHARE / r["seconds"] for r in run_children("speed", 2)))
    pairs = sorted(zip(two, one, strict=True), key=lambda p: p[0] / p[1])
    ground.report(5, "2 processes against 1, documents per CPU second", *pairs[2], ">= 1.9")


if __name__ == "__main__":
    child(sys.argv[1]) if len(sys.argv) > 1 else main()
