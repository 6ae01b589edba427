"""Checking signatures: who signed, when, whether anything changed since, and whom we trust."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from django.db.models import TextChoices
from django.utils import timezone

from certificates.icp import CertificateRecord
from certificates.models import SigningCertificate
from certificates.signatures import evidence
from certificates.signatures.evidence import Evidence, Problem
from certificates.signatures.naming import Change
from certificates.trust.parsing import Unreadable, parse
from certificates.trust.pool import current_pool
from certificates.trust.revocation import request_check
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Purpose, Verdict
from portal import sandbox
from portal.taxid import mask_cpf, public_tax_id

_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
LIMITS = sandbox.Limits()
STRANGERS = sandbox.Limits(wall_seconds=10, wait_seconds=5)


class Integrity(TextChoices):
    """What a signature shows of the file. Only what is proven is called altered."""

    WHOLE = "whole"
    ALTERED = "altered"
    UNKNOWN = "unknown"  # it could not be examined


@dataclass(frozen=True)
class SignatureReport:
    """What one signature says and is worth.

    ``signed_at`` is the signer's own claim; ``stamped_at`` a time-stamp authority's word, and
    ``stamp_trusted`` whether we trust that authority.
    ``changes``: how the file differs from what was signed. ``problem``: why it could not be
    examined. ``intact``: the signed bytes are as they were, whatever came afterwards.
    ``verdict``: what the signer's certificate was worth when it signed. ``trusted``: an authority
    that we trust vouches for the signer, or it is our own certificate (``is_own``). ``others``:
    the other certificates (DER) that the signature brings along.
    """

    name: str
    tax_id: str
    issuer: str
    signed_at: datetime | None
    stamped_at: datetime | None
    intact: bool
    trusted: bool
    is_demo: bool
    certificate_expired: bool
    problem: Problem | None = None
    changes: Sequence[Change] = ()
    stamp_trusted: bool = False
    is_own: bool = False
    verdict: Verdict | None = None
    others: Sequence[bytes] = field(default=(), repr=False)

    @property
    def integrity(self) -> Integrity:
        if self.changes:
            return Integrity.ALTERED
        return Integrity.UNKNOWN if self.problem else Integrity.WHOLE

    @property
    def whole(self) -> bool:
        """The file is what was signed: examined, and nothing changed."""
        return self.integrity == Integrity.WHOLE

    @property
    def record(self) -> CertificateRecord | None:
        """What the signer's certificate says."""
        return self.verdict.record if self.verdict else None

    @property
    def path(self) -> tuple[str, ...]:
        """From the root, as far as it is known, down to the signer; without the CN's number."""
        if self.verdict is None or not self.verdict.path:
            return ()
        return (*reversed(self.verdict.path[1:]), self.name)

    @property
    def public_tax_id(self) -> str:
        """CNPJ, or CPF with its ends masked: strangers read this."""
        return public_tax_id(self.tax_id)

    @property
    def responsible_cpf(self) -> str:
        """Masked, of whoever answers for the company of an e-CNPJ or seal."""
        return mask_cpf(self.record.cpf) if self.record and self.record.cnpj else ""

    @property
    def reasons(self) -> list[str]:
        """Why the signer is not trusted, in plain words."""
        if self.trusted or self.verdict is None:
            return []
        return [str(text) for text in self.verdict.explanations]

    @property
    def was_revoked(self) -> bool:
        """Whether the signer's certificate had been revoked when it signed."""
        return bool(self.verdict and Fault.REVOKED in self.verdict.faults)

    @property
    def is_revoked_since(self) -> bool:
        """Whether it was revoked later, and nobody but the signer says that it signed before."""
        revoked = self.verdict is not None and self.verdict.revoked_at is not None
        return revoked and not self.was_revoked and not self.stamp_trusted

    @property
    def is_demo_refused(self) -> bool:
        """Whether it is a demonstration's, met outside a demonstration."""
        return bool(self.verdict and Fault.DEMONSTRATION in self.verdict.faults)

    @property
    def is_revocation_open(self) -> bool:
        """Whether nobody has asked the authority yet, or it has not answered."""
        return bool(self.verdict and Fault.REVOCATION_UNKNOWN in self.verdict.warnings)

    @property
    def is_good(self) -> bool:
        """The document is what the signer signed, and we know the signer."""
        return self.whole and self.trusted


def verify_pdf(pdf: bytes, *, from_stranger: bool = False) -> list[SignatureReport]:
    """A report on each signature of a PDF, the oldest first; none for an unsigned one.

    The PDF is read in the sandbox; a stranger's may be less large and take less time. Raises ValidationError (``unreadable``, ``encrypted``,
    ``too_costly``, ``busy``) for one that cannot be examined.
    """
    limits = STRANGERS if from_stranger else LIMITS
    found = sandbox.run(evidence.of_pdf, pdf, from_stranger, limits=limits)
    return [_judged(signature) for signature in found]


def verify_detached(data: bytes, p7s: bytes) -> list[SignatureReport]:
    """The report on a detached CMS signature (DER or PEM) of ``data``, read in the sandbox.

    Raises ValidationError as ``verify_pdf``, also when ``p7s`` is not such a signature.
    """
    return [_judged(sandbox.run(evidence.of_detached, data, p7s, limits=LIMITS))]


def _judged(found: Evidence) -> SignatureReport:
    report = SignatureReport(
        name=found.name,
        tax_id=found.tax_id,
        issuer=found.issuer,
        signed_at=found.signed_at,
        stamped_at=found.stamped_at,
        intact=found.intact,
        trusted=False,
        is_demo=found.is_demo,
        certificate_expired=found.not_after is not None and found.not_after <= timezone.now(),
        problem=found.problem,
        changes=found.changes,
    )
    signer = found.signer
    if signer is None or not found.intact:
        return report
    stamp_trusted = _is_stamp_trusted(found)
    # A stranger's stamp says no more about the time than the signer does.
    claimed = found.stamped_at if stamp_trusted else found.signed_at or found.stamped_at
    verdict = examine(signer.der, purpose=Purpose.SIGN, at=_moment(claimed), others=signer.others)
    is_own = _is_own(signer.der, claimed)
    return replace(
        report,
        trusted=verdict.ok or is_own,
        stamp_trusted=stamp_trusted,
        is_own=is_own,
        verdict=verdict,
        others=signer.others,
    )


def _is_own(signer: bytes, at: datetime | None) -> bool:
    """Whether the portal signed with this very certificate while it was valid."""
    own = SigningCertificate.objects.filter(sha256=sha256(signer).hexdigest(), is_demo=False)
    return at is not None and own.usable(at).exists()


def _moment(claimed: datetime | None) -> datetime:
    """Trust as of the time of signing: an A1 lives a year, what it signed is read for longer."""
    now = timezone.now()
    return min(claimed, now) if claimed and claimed.tzinfo else now


def _is_stamp_trusted(found: Evidence) -> bool:
    """Whether an authority under a pinned root, made for time stamps, vouches for the stamp."""
    if found.stamp is None or found.stamped_at is None:
        return False
    try:
        leaf = parse(found.stamp.der)
    except Unreadable:
        return False
    chain = current_pool().chain(leaf, at=_moment(found.stamped_at), others=found.stamp.others)
    return chain.fault is None and _TIME_STAMPING in (leaf.extended or ())


def ask_about(reports: Iterable[SignatureReport]) -> None:
    """Have the authorities asked about signers whose revocation state is not known yet."""
    for report in reports:
        if report.is_revocation_open and report.record:
            request_check(report.record.der, others=report.others)
