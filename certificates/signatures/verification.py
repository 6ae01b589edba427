"""Checking signatures: who signed, when, whether anything changed since, and whom we trust."""

import asyncio
import io
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from asn1crypto import cms, pem, x509
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError, find_unique_cms_attribute
from pyhanko.sign.validation import async_validate_detached_cms, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from certificates.icp import CertificateRecord
from certificates.icp.demonstration import is_demo
from certificates.icp.identity import common_name, holder_of
from certificates.models import SigningCertificate
from certificates.trust.parsing import parse
from certificates.trust.pool import current_pool
from certificates.trust.revocation import request_check
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Purpose, Verdict
from portal.taxid import format_tax_id, mask_cpf

_KEY_USAGE = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
)
# Bytes after the last end mark are junk, which readers ignore and we do not.
_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
# It logs a traceback for each document that is changed or not trusted; the report says it already.
for _name in ("pyhanko.sign.diff_analysis", "pyhanko.sign.validation"):
    logging.getLogger(_name).setLevel(logging.ERROR)
_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
# What a damaged or hostile file makes the parsers raise.
_UNREADABLE = (PdfError, SigningError, SignatureValidationError, ValueError, TypeError, KeyError,
               IndexError, AttributeError, NotImplementedError, RecursionError)  # fmt: skip


@dataclass(frozen=True)
class SignatureReport:
    """What one signature says and is worth.

    ``signed_at`` is the signer's own claim; ``stamped_at`` a time-stamp authority's word, and
    ``stamp_trusted`` whether we trust that authority.
    ``intact``: the signed bytes are as they were; ``whole``: nothing was added afterwards.
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
    whole: bool
    trusted: bool
    is_demo: bool
    certificate_expired: bool
    problem: str = ""
    stamp_trusted: bool = False
    is_own: bool = False
    verdict: Verdict | None = None
    others: Sequence[bytes] = field(default=(), repr=False)

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
        return mask_cpf(self.tax_id) or format_tax_id(self.tax_id)

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
        return self.intact and self.whole and self.trusted


def verify_pdf(pdf: bytes) -> list[SignatureReport]:
    """A report on each signature of a PDF, the oldest first; none for an unsigned one.

    Raises ValidationError (``unreadable``, ``encrypted``) for a file that cannot be examined.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        if reader.encrypted:
            raise ValidationError(_("This PDF is protected by a password."), code="encrypted")
        signatures = list(reader.embedded_regular_signatures)
    except _UNREADABLE as error:
        raise ValidationError(
            _("This PDF is damaged and cannot be read."), code="unreadable"
        ) from error
    ends_clean = bool(_END.search(pdf[-2048:]))
    try:
        found = [_examine(signature, ends_clean=ends_clean) for signature in signatures]
    except _UNREADABLE as error:
        raise ValidationError(
            _("A signature of this PDF is damaged and cannot be read."), code="unreadable"
        ) from error
    last_is_whole = bool(found) and found[-1][0].whole
    return [
        # Another whole signature on top is no change of what the earlier one signed.
        replace(report, whole=True) if only_signed_again and last_is_whole else report
        for report, only_signed_again in found
    ]


def _examine(signature: Any, *, ends_clean: bool) -> tuple[SignatureReport, bool]:
    """The report, and whether later changes were nothing but further signatures."""
    claimed = signature.self_reported_timestamp
    report = _blank(signature.signer_cert, claimed, _stamp_time(signature.signer_info))
    try:
        status = validate_pdf_signature(
            signature, _context(), _context(), key_usage_settings=_KEY_USAGE
        )
    except _UNREADABLE as error:
        return replace(report, problem=str(error)), False
    covers = status.coverage
    level = status.modification_level
    whole = covers == SignatureCoverageLevel.ENTIRE_FILE or (
        covers == SignatureCoverageLevel.ENTIRE_REVISION
        and level == ModificationLevel.LTA_UPDATES
        and ends_clean
    )
    signed_again = (
        covers == SignatureCoverageLevel.ENTIRE_REVISION
        and level == ModificationLevel.FORM_FILLING
        and bool(status.docmdp_ok)
    )
    made = _Made(signature.signed_data, signature.signer_info, signature.signer_cert)
    return _judged(report, status, made, whole=whole), signed_again


def verify_detached(data: bytes, p7s: bytes) -> list[SignatureReport]:
    """The report on a detached CMS signature (DER or PEM) of ``data``.

    Raises ValidationError (``unreadable``) when ``p7s`` is not such a signature.
    """
    try:
        der = pem.unarmor(p7s)[2] if pem.detect(p7s) else p7s
        signed = cms.ContentInfo.load(der, strict=True)["content"]
        info = signed["signer_infos"][0]
        signer = _certificate_of(signed, info)
        claimed = _claimed_time(info)
    except _UNREADABLE as error:
        raise ValidationError(
            _("This is not a signature file (.p7s)."), code="unreadable"
        ) from error
    report = _blank(signer, claimed, _stamp_time(info))
    try:
        status = asyncio.run(
            async_validate_detached_cms(
                data, signed, _context(), _context(), key_usage_settings=_KEY_USAGE
            )
        )
    except _UNREADABLE as error:
        return [replace(report, problem=str(error))]
    return [_judged(report, status, _Made(signed, info, signer), whole=True)]


def _blank(
    signer: x509.Certificate, claimed: datetime | None, stamped: datetime | None
) -> SignatureReport:
    """Who and when; nothing is judged yet."""
    holder = holder_of(signer)
    return SignatureReport(
        name=holder.name,
        tax_id=holder.tax_id,
        issuer=common_name(signer.issuer),
        signed_at=claimed,
        stamped_at=stamped,
        intact=False,
        whole=False,
        trusted=False,
        is_demo=is_demo(signer),
        certificate_expired=signer.not_valid_after <= timezone.now(),
    )


@dataclass(frozen=True)
class _Made:
    """A signature's CMS: what surrounds it, itself, and whose certificate it names."""

    signed: cms.SignedData
    info: cms.SignerInfo
    signer: x509.Certificate

    @property
    def others(self) -> Sequence[bytes]:
        """The other certificates that it brings along."""
        choices = [c for c in self.signed["certificates"] if c.name == "certificate"]
        own = self.signer.serial_number
        return [c.chosen.dump() for c in choices if c.chosen.serial_number != own]


def _judged(report: SignatureReport, status: Any, made: _Made, *, whole: bool) -> SignatureReport:
    intact = bool(status.intact and status.valid)
    stamp = status.timestamp_validity
    stamped = report.stamped_at if stamp is not None and stamp.intact and stamp.valid else None
    stamp_trusted = stamped is not None and _is_stamp_trusted(made.info, stamped)
    # A stranger's stamp says no more about the time than the signer does.
    claimed = stamped if stamp_trusted else report.signed_at or stamped
    moment = _moment(claimed)
    der = made.signer.dump()
    verdict = examine(der, purpose=Purpose.SIGN, at=moment, others=made.others)
    is_own = _is_own(made.signer, claimed)
    return replace(
        report,
        intact=intact,
        whole=intact and whole,
        trusted=intact and (verdict.ok or is_own),
        stamped_at=stamped,
        stamp_trusted=stamp_trusted,
        is_own=is_own,
        verdict=verdict,
        others=made.others,
    )


def _is_own(signer: x509.Certificate, at: datetime | None) -> bool:
    """Whether the portal signed with this very certificate while it was valid."""
    own = SigningCertificate.objects.filter(sha256=signer.sha256.hex(), is_demo=False)
    return at is not None and own.usable(at).exists()


def _moment(claimed: datetime | None) -> datetime:
    """Trust as of the time of signing: an A1 lives a year, what it signed is read for longer."""
    now = timezone.now()
    return min(claimed, now) if claimed and claimed.tzinfo else now


def _context() -> ValidationContext:
    """pyHanko compares bytes and signatures for us; whom we trust is ours to judge."""
    return ValidationContext(trust_roots=[], allow_fetching=False)


def _is_stamp_trusted(info: cms.SignerInfo, at: datetime) -> bool:
    """Whether an authority under a pinned root, made for time stamps, vouches for the stamp."""
    token = find_unique_cms_attribute(info["unsigned_attrs"], "signature_time_stamp_token")
    signed = token["content"]
    try:
        stamp = signed["signer_infos"][0]
        made = _Made(signed, stamp, _certificate_of(signed, stamp))
        leaf, others = parse(made.signer.dump()), made.others
    except _UNREADABLE:  # Unreadable is a ValueError
        return False
    chain = current_pool().chain(leaf, at=_moment(at), others=others)
    return chain.fault is None and _TIME_STAMPING in (leaf.extended or ())


def ask_about(reports: Iterable[SignatureReport]) -> None:
    """Have the authorities asked about signers whose revocation state is not known yet."""
    for report in reports:
        if report.is_revocation_open and report.record:
            request_check(report.record.der, others=report.others)


def _certificate_of(signed: cms.SignedData, info: cms.SignerInfo) -> x509.Certificate:
    wanted = info["sid"].chosen
    for choice in signed["certificates"]:
        certificate = choice.chosen
        if isinstance(wanted, cms.IssuerAndSerialNumber):
            if (certificate.issuer, certificate.serial_number) == (
                wanted["issuer"],
                wanted["serial_number"].native,
            ):
                return certificate
        elif certificate.key_identifier == wanted.native:
            return certificate
    raise ValueError("the signer's certificate is not in the signature")


def _claimed_time(info: cms.SignerInfo) -> datetime | None:
    try:
        moment = find_unique_cms_attribute(info["signed_attrs"], "signing_time").native
    except (SigningError, KeyError, ValueError):
        return None
    return moment if isinstance(moment, datetime) else None


def _stamp_time(info: cms.SignerInfo) -> datetime | None:
    """What the signature's time stamp says, still unchecked."""
    try:
        token = find_unique_cms_attribute(info["unsigned_attrs"], "signature_time_stamp_token")
        moment = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    except (SigningError, LookupError, ValueError, TypeError):
        return None
    return moment if isinstance(moment, datetime) else None
