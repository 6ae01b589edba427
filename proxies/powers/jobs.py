"""Jobs of powers of attorney: each loads by key, calls a service, and may run twice."""

from portal.outbox.registry import job
from proxies.powers.services import sealing


@job("powers.seal", attempts=12)
def seal(step: int) -> None:
    """Seal the record of a step: tried again while there is no signer or no time stamp."""
    sealing.seal(step)


@job("powers.make_pdf", attempts=12)
def make_pdf(power: int) -> None:
    """Make the PDF of a power anew, with the steps so far."""
    sealing.make_pdf(power)
