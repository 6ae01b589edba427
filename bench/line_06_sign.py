"""Line 6: CPU of a PDF's signature, with and without its stamp, against raw RSA-2048."""

import time
from collections.abc import Callable

import ground
import paper

ROUNDS, TIMES = 9, 20


def cpu(work: Callable[[], object], times: int) -> Callable[[], float]:
    """Milliseconds of CPU of one call, as the mean of ``times``."""

    def measure() -> float:
        start = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - start) * 1000 / times

    return measure


def main() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    draft, provider, signer = paper.start()
    from certificates.signatures.signing import sign_detached, sign_pdf
    from invoices.generation import render_invoice

    pdf, stamp = render_invoice(draft, provider), paper.a_stamp()
    raw = cpu(lambda: signer.key.sign(b"x" * 256, PKCS1v15(), hashes.SHA256()), 50)
    for measure, work in (
        (
            "sign PDF with stamp, CPU ms",
            lambda: sign_pdf(pdf, signer, reason="x", stamp=stamp, is_ours=True),
        ),
        ("sign PDF without stamp, CPU ms", lambda: sign_pdf(pdf, signer, reason="x", is_ours=True)),
        ("sign detached (CMS), CPU ms", lambda: sign_detached(pdf, signer)),
    ):
        ours, floor, _ = ground.median_of_pairs(cpu(work, TIMES), raw, ROUNDS)
        ground.report(6, measure, ours, floor, "<= 40")


if __name__ == "__main__":
    main()
