"""Line 25: the verdict on a signed PDF in its child process, against the same verdict in process.

The same invoice as the portal publishes it, signed once (and ten times, for the second measure).
Both verdicts are whole: the file's signatures taken apart and compared, then judged against the
database. CPU is that of this process, of the warm server and of its children. Then what a bomb
costs: a PDF of 20 KB whose cross-reference stream inflates to 20 MB.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ground
import paper

ROUNDS = 7
BOMB_SECONDS, BOMB_MB = 3.0, 300.0


def main() -> None:
    draft, provider, signer = paper.start()
    from certificates.signatures.signing import sign_pdf
    from invoices.generation import render_invoice

    once = sign_pdf(render_invoice(draft, provider), signer, reason="x", stamp=paper.a_stamp())
    often = once
    for _ in range(9):
        often = sign_pdf(often, signer, reason="x")
    compare("an invoice signed once", once, times=10)
    compare("an invoice signed ten times", often, times=2)
    measure_bomb()


def compare(name: str, pdf: bytes, times: int) -> None:
    """Both ways in turns, warm."""
    from certificates.signatures import evidence, verification

    def in_process() -> list[Any]:
        return [verification._judged(found) for found in evidence.of_pdf(pdf)]

    def in_child() -> list[Any]:
        return verification.verify_pdf(pdf)

    if not in_child() == in_process() != []:
        raise RuntimeError("the verdicts differ")
    ours, floor, _ = ground.median_of_pairs(cpu(in_child, times), cpu(in_process, times), ROUNDS)
    ground.report(25, f"verdict on {name}, CPU ms, in a child", ours, floor, "<= 1.3")


def cpu(work: Callable[[], object], times: int) -> Callable[[], float]:
    """Milliseconds of CPU of one call, here, in the warm server and in its children."""

    def measure() -> float:
        start = time.process_time() + ground.sandbox_seconds()
        for _ in range(times):
            work()
        return (time.process_time() + ground.sandbox_seconds() - start) * 1000 / times

    return measure


def server() -> int:
    from portal.sandbox import warm

    assert warm._server
    return warm._server.process.pid


def measure_bomb() -> None:
    from certificates.signatures.verification import verify_pdf
    from portal import sandbox
    from tests import hostile

    # Its type written in another way deceives the glance at its bytes: the parser must meet it.
    bomb = hostile.xref_bomb(40 * 1024**2).replace(b"/Type/XRef", b"/Type/XRe#66")
    peaks, ended = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(server(), peaks, ended))
    watcher.start()
    before = ground.sandbox_seconds()
    try:
        verify_pdf(bomb)
    except (sandbox.TooCostly, sandbox.ParserRefused):
        spent = ground.sandbox_seconds() - before
    ended.set()
    watcher.join()
    ground.report(
        25, f"a PDF of {len(bomb)} bytes that inflates to 40 MB, CPU s", spent, BOMB_SECONDS, "<= 1"
    )
    ground.report(25, "its highest memory, MB", max(peaks), BOMB_MB, "<= 1")


def watch(parent: int, peaks: list[float], ended: threading.Event) -> None:
    """Note the highest memory, in MB, of the processes that ``parent`` has forked."""
    while not ended.wait(0.005):
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            try:
                status = Path(f"/proc/{child}/status").read_text()
            except OSError:
                continue
            peaks += [
                int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line
            ]


if __name__ == "__main__":
    main()
