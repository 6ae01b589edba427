"""What the signatures of a file show by themselves, whoever made them. Runs in the sandbox.

It knows neither whom we trust nor the database: ``certificates.signatures.verification`` judges.
"""

import asyncio
import io
import logging
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms, pem, x509
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError, find_unique_cms_attribute
from pyhanko.sign.validation import async_validate_detached_cms, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from certificates.icp.demonstration import is_demo
from certificates.icp.identity import common_name, holder_of

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
class Certified:
    """A certificate (DER) that signed something, and the others that came with it."""

    der: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class Evidence:
    """One signature. Nothing in here is trusted but the arithmetic.

    ``signed_at`` is the signer's own claim. ``stamped_at`` is what the time stamp says, and
    ``stamp`` who made it, None unless the stamp belongs to this signature and is unspoiled.
    ``intact``: the signed bytes are as they were. ``whole``: nothing was added afterwards.
    ``examined``: False when the signature is of a kind that cannot be checked, or damaged.
    """

    signer: Certified
    name: str
    tax_id: str
    issuer: str
    not_after: datetime
    is_demo: bool
    signed_at: datetime | None
    stamped_at: datetime | None
    stamp: Certified | None = None
    intact: bool = False
    whole: bool = False
    examined: bool = False


def warm_up() -> None:
    """Examine a signed PDF of ours: what libraries build at their first use then is there.

    The sandbox's server does it once, which spares each child a third (bench line 25).
    """
    of_pdf(Path(__file__).with_name("sample.pdf").read_bytes())


def of_pdf(data: bytes) -> list[Evidence]:
    """Of each signature of a PDF, the oldest first; none for an unsigned one.

    Raises ValidationError (``unreadable``, ``encrypted``).
    """
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            raise ValidationError(_("This PDF is protected by a password."), code="encrypted")
        signatures = list(reader.embedded_regular_signatures)
    except _UNREADABLE as error:
        raise ValidationError(
            _("This PDF is damaged and cannot be read."), code="unreadable"
        ) from error
    ends_clean = bool(_END.search(data[-2048:]))
    try:
        found = [_of_embedded(signature, ends_clean=ends_clean) for signature in signatures]
    except _UNREADABLE as error:
        raise ValidationError(
            _("A signature of this PDF is damaged and cannot be read."), code="unreadable"
        ) from error
    last_is_whole = bool(found) and found[-1][0].whole
    return [
        # Another whole signature on top is no change of what the earlier one signed.
        replace(evidence, whole=True) if only_signed_again and last_is_whole else evidence
        for evidence, only_signed_again in found
    ]


def _of_embedded(signature: Any, *, ends_clean: bool) -> tuple[Evidence, bool]:
    """The evidence, and whether later changes were nothing but further signatures."""
    signed, info = signature.signed_data, signature.signer_info
    evidence = _unexamined(signed, info, signature.signer_cert, signature.self_reported_timestamp)
    try:
        status = validate_pdf_signature(
            signature, _context(), _context(), key_usage_settings=_KEY_USAGE
        )
    except _UNREADABLE:
        return evidence, False
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
    return _examined(evidence, info, status, whole=whole), signed_again


def of_detached(data: bytes, p7s: bytes) -> Evidence:
    """Of a detached CMS signature (DER or PEM) of ``data``.

    Raises ValidationError (``unreadable``) when ``p7s`` is not such a signature.
    """
    try:
        der = pem.unarmor(p7s)[2] if pem.detect(p7s) else p7s
        signed = cms.ContentInfo.load(der, strict=True)["content"]
        info = signed["signer_infos"][0]
        signer = _certificate_of(signed, info)
        evidence = _unexamined(signed, info, signer, _claimed_time(info))
    except _UNREADABLE as error:
        raise ValidationError(
            _("This is not a signature file (.p7s)."), code="unreadable"
        ) from error
    try:
        status = asyncio.run(
            async_validate_detached_cms(
                data, signed, _context(), _context(), key_usage_settings=_KEY_USAGE
            )
        )
    except _UNREADABLE:
        return evidence
    return _examined(evidence, info, status, whole=True)


def _context() -> ValidationContext:
    """pyHanko compares bytes and signatures for us; whom we trust is ours to judge."""
    return ValidationContext(trust_roots=[], allow_fetching=False)


def _unexamined(
    signed: cms.SignedData, info: cms.SignerInfo, signer: x509.Certificate, at: datetime | None
) -> Evidence:
    """Who and when; nothing is compared yet."""
    holder = holder_of(signer)
    return Evidence(
        signer=_certified(signed, signer),
        name=holder.name,
        tax_id=holder.tax_id,
        issuer=common_name(signer.issuer),
        not_after=signer.not_valid_after,
        is_demo=is_demo(signer),
        signed_at=at,
        stamped_at=_stamp_time(info),
    )


def _examined(evidence: Evidence, info: cms.SignerInfo, status: Any, *, whole: bool) -> Evidence:
    intact = bool(status.intact and status.valid)
    stamp = status.timestamp_validity
    stamp_holds = stamp is not None and stamp.intact and stamp.valid
    return replace(
        evidence,
        intact=intact,
        whole=intact and whole,
        stamped_at=evidence.stamped_at if stamp_holds else None,
        stamp=_stamp_signer(info) if stamp_holds else None,
        examined=True,
    )


def _certified(signed: cms.SignedData, signer: x509.Certificate) -> Certified:
    choices = [c for c in signed["certificates"] if c.name == "certificate"]
    own = signer.serial_number
    others = [c.chosen.dump() for c in choices if c.chosen.serial_number != own]
    return Certified(signer.dump(), tuple(others))


def _stamp_signer(info: cms.SignerInfo) -> Certified | None:
    try:
        token = find_unique_cms_attribute(info["unsigned_attrs"], "signature_time_stamp_token")
        signed = token["content"]
        return _certified(signed, _certificate_of(signed, signed["signer_infos"][0]))
    except _UNREADABLE:
        return None


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
