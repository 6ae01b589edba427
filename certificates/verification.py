"""Checking signatures: who signed, when, whether anything changed since, and whom we trust."""

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from asn1crypto import cms, pem, x509
from django.conf import settings
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

from certificates import demo
from certificates.icp.identity import common_name, holder_of
from certificates.models import SigningCertificate

_KEY_USAGE = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
)
# Bytes after the last end mark are junk, which readers ignore and we do not.
_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
# It logs a traceback for each document that is changed or not trusted; the report says it already.
for _name in ("pyhanko.sign.diff_analysis", "pyhanko.sign.validation"):
    logging.getLogger(_name).setLevel(logging.ERROR)
# What a damaged or hostile file makes the parsers raise.
_UNREADABLE = (PdfError, SigningError, SignatureValidationError, ValueError, TypeError, KeyError,
               IndexError, AttributeError, NotImplementedError, RecursionError)  # fmt: skip


@dataclass(frozen=True)
class SignatureReport:
    """What one signature says and is worth.

    ``signed_at`` is the signer's own claim; ``stamped_at`` a time-stamp authority's word.
    ``intact``: the signed bytes are as they were; ``whole``: nothing was added afterwards.
    ``trusted``: an authority that we trust vouches for the signer, or it is our own certificate.
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
    found = [_examine(signature, ends_clean=ends_clean) for signature in signatures]
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
        context = _context(report)
        status = validate_pdf_signature(signature, context, context, key_usage_settings=_KEY_USAGE)
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
    return _judged(report, status, signature.signer_cert, whole=whole), signed_again


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
    context = _context(report)
    try:
        status = asyncio.run(
            async_validate_detached_cms(
                data, signed, context, context, key_usage_settings=_KEY_USAGE
            )
        )
    except _UNREADABLE as error:
        return [replace(report, problem=str(error))]
    return [_judged(report, status, signer, whole=True)]


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
        is_demo=demo.is_demo(signer),
        certificate_expired=signer.not_valid_after <= timezone.now(),
    )


def _judged(
    report: SignatureReport, status: Any, signer: x509.Certificate, *, whole: bool
) -> SignatureReport:
    intact = bool(status.intact and status.valid)
    stamp = status.timestamp_validity
    stamped = report.stamped_at if stamp is not None and stamp.intact and stamp.valid else None
    trusted = bool(status.trusted) or _is_own(signer, stamped or report.signed_at)
    return replace(
        report,
        intact=intact,
        whole=intact and whole,
        trusted=intact and trusted,
        stamped_at=stamped,
    )


def _is_own(signer: x509.Certificate, at: datetime | None) -> bool:
    """Whether the portal signed with this very certificate while it was valid."""
    own = SigningCertificate.objects.filter(sha256=signer.sha256.hex(), is_demo=False)
    return at is not None and own.usable(at).exists()


def _context(report: SignatureReport) -> ValidationContext:
    """Trust as of the time of signing: an A1 lives a year, what it signed is read for longer."""
    claimed, now = report.stamped_at or report.signed_at, timezone.now()
    moment = min(claimed, now) if claimed and claimed.tzinfo else now
    return ValidationContext(
        trust_roots=trust_roots(),
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
    )


def trust_roots() -> list[x509.Certificate]:
    """The operator's pinned roots; in the demonstration also its own. Never the system's."""
    bundle = settings.TRUST_ROOTS_FILE
    roots = list(_bundle(bundle, Path(bundle).stat().st_mtime)) if bundle else []
    if settings.DEMO:
        roots += _certificates(demo.root_pem())
    return roots


@lru_cache(maxsize=2)
def _bundle(path: str, _changed: float) -> tuple[x509.Certificate, ...]:
    return tuple(_certificates(Path(path).read_bytes()))


def _certificates(data: bytes) -> Iterator[x509.Certificate]:
    for _kind, _headers, der in pem.unarmor(data, multiple=True):
        yield x509.Certificate.load(der)


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
