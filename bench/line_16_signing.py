"""Line 16: signatures per CPU second, against pyHanko's SimpleSigner, which reloads its key each time.

Both sign the same invoice with the same key, without a stamp and without a time stamp, as PAdES.
The second measure adds what an operator without a vault would do: open the PFX at each signature.
"""

import asyncio
import io
import time
from collections.abc import Callable
from typing import Any

import ground
import paper

ROUNDS, TIMES = 7, 10


def rate(work: Callable[[], object]) -> Callable[[], float]:
    """Calls per second of CPU."""

    def measure() -> float:
        start = time.process_time()
        for _ in range(TIMES):
            work()
        return TIMES / (time.process_time() - start)

    return measure


def reloading(
    pfx: bytes, password: str
) -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
    """The floor twice: the signer kept and its key reloaded; and the PFX opened each time."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    def load() -> Any:
        signer = signers.SimpleSigner.load_pkcs12_data(pfx, [], password.encode())
        if signer is None:
            raise RuntimeError("pyHanko does not open the PFX")
        return signer

    def sign(pdf: bytes, signer: Any) -> bytes:
        meta = signers.PdfSignatureMetadata(
            field_name="Sig", md_algorithm="sha256", reason="x",
            subfilter=fields.SigSeedSubFilter.PADES,
        )  # fmt: skip
        output = io.BytesIO()
        job = signers.PdfSigner(meta, signer)
        asyncio.run(
            job.async_sign_pdf(
                IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=16384, output=output
            )
        )
        return output.getvalue()

    kept = load()
    return lambda pdf: sign(pdf, kept), lambda pdf: sign(pdf, load())


def main() -> None:
    draft, provider, signer = paper.start()
    from certificates.demo.signer import demo_pfx
    from certificates.signatures.signing import sign_pdf
    from invoices.generation import render_invoice

    pdf = render_invoice(draft, provider)
    key_reloaded, pfx_opened = reloading(*demo_pfx())
    ours = rate(lambda: sign_pdf(pdf, signer, reason="x", is_ours=True))
    for measure, floor in (
        ("SimpleSigner", key_reloaded),
        ("the PFX opened each time", pfx_opened),
    ):
        mine, theirs, _ = ground.median_of_pairs(ours, rate(lambda: floor(pdf)), ROUNDS)  # noqa: B023
        ground.report(16, f"PDF signatures per CPU s, against {measure}", mine, theirs, ">= 4")


if __name__ == "__main__":
    main()
