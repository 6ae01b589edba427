"""What the signatures of a file show by themselves, whoever made them. Runs in the sandbox.

It knows neither whom we trust nor the database: ``certificates.signatures.verification`` judges.
"""

import asyncio
import io
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from asn1crypto import cms, core, pem, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyhanko.pdf_utils.decode_limits import (
    DEFAULT_PURPOSE_LIMITS,
    DecodeLimits,
    DecodePurpose,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import find_unique_cms_attribute
from pyhanko.sign.validation.generic_cms import (
    message_imprint_checker,
    validate_sig_integrity,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import AlgorithmNotSupported, DSAParametersUnavailable
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from certificates.icp.demonstration import is_demo
from certificates.icp.identity import common_name, holder_of
from certificates.signatures.changes import Review, Unclear
from certificates.signatures.naming import Change, What
from portal.files.pdf_weight import STRANGER, Caps, check_weight, too_large_unpacked

MAX_SIGNATURES = 30
_MB = 1024**2
# pyHanko refuses to unpack more: 20 KB of a cross-reference stream may hold 20 MB.
UNPACKED = DecodeLimits(
    per_purpose={
        **DEFAULT_PURPOSE_LIMITS,
        DecodePurpose.XREF_STREAM: StreamDecodeLimits(max_output_size=2 * _MB),
        DecodePurpose.OBJECT_STREAM: StreamDecodeLimits(max_output_size=8 * _MB),
        DecodePurpose.XMP_METADATA: StreamDecodeLimits(max_output_size=4 * _MB),
    },
    document_budget=DocumentDecodeBudget(base_allowance=64 * _MB, max_ratio=4),
)
_SUBFILTERS = {SigSeedSubFilter.ADOBE_PKCS7_DETACHED, SigSeedSubFilter.PADES,
               SigSeedSubFilter.PBAD_PADES}  # fmt: skip
_BROKEN_HASHES = {"md2", "md5"}  # anybody makes two documents with one of these digests
# Bytes after the last end mark are junk, which readers ignore and we do not.
_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # it quotes the file


class Problem(TextChoices):
    """Why nothing was found out about a signature."""

    DAMAGED = "damaged", gettext_lazy("The data of this signature are damaged.")
    KIND = "kind", gettext_lazy("It is of a kind that this portal cannot check.")
    ALGORITHM = "algorithm", gettext_lazy("It uses an algorithm that this portal does not know.")
    WEAK = "weak", gettext_lazy("It uses an old algorithm (MD5) that proves nothing any more.")
    LATER = "later", gettext_lazy("What was added to the file after it cannot be read.")


class _NotChecked(Exception):
    """The signature cannot be checked, for the reason given."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True)
class Certified:
    """A certificate (DER) that signed something, and the others that came with it."""

    der: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class Evidence:
    """One signature. Nothing in here is trusted but the arithmetic.

    ``problem`` is why it could not be examined: then nothing is known of changes. ``changes``:
    how the file differs from what was signed, none when it is as it was. ``signer`` is None when
    not even that can be read. ``signed_at`` is the signer's own claim. ``stamped_at`` is what the
    time stamp says, and ``stamp`` who made it, None unless the stamp belongs to this signature
    and is unspoiled.
    """

    signer: Certified | None = None
    name: str = ""
    tax_id: str = ""
    issuer: str = ""
    not_after: datetime | None = None
    is_demo: bool = False
    signed_at: datetime | None = None
    stamped_at: datetime | None = None
    stamp: Certified | None = None
    problem: Problem | None = Problem.DAMAGED
    changes: tuple[Change, ...] = ()

    @property
    def intact(self) -> bool:
        """The signed bytes are as they were; something may have been added since."""
        spoiled = {change.what for change in self.changes} & {What.CONTENT, What.SIGNATURE}
        return self.problem in {None, Problem.LATER} and not spoiled


def warm_up() -> None:
    """Examine a signed PDF of ours: what libraries build at their first use then is there.

    The sandbox's server does it once, which spares each child a third (bench line 25).
    """
    of_pdf(Path(__file__).with_name("sample.pdf").read_bytes())


def of_pdf(data: bytes, from_stranger: bool = False) -> list[Evidence]:
    """Of each signature of a PDF, the oldest first; none for an unsigned one.

    Raises ValidationError (``unreadable``, ``encrypted``, ``too_costly``).
    """
    try:
        check_weight(data, STRANGER if from_stranger else Caps())
        return _of_pdf(data)
    except (ValidationError, MemoryError):
        raise
    except PdfDecodeLimitError as error:
        raise too_large_unpacked() from error
    except Exception as error:  # whatever a parser raises has one answer
        raise ValidationError(
            _("This PDF is damaged and cannot be read."), code="unreadable"
        ) from error


def _of_pdf(data: bytes) -> list[Evidence]:
    reader = PdfFileReader(io.BytesIO(data), strict=False, decode_limits=UNPACKED)
    if reader.encrypted:
        raise ValidationError(_("This PDF is protected by a password."), code="encrypted")
    filled = list(islice(enumerate_sig_fields(reader, filled_status=True), MAX_SIGNATURES + 1))
    if len(filled) > MAX_SIGNATURES:
        raise ValidationError(
            _("This PDF has more than %(limit)s signatures, and was not examined."),
            code="too_costly", params={"limit": MAX_SIGNATURES},
        )  # fmt: skip
    review, ends_clean = Review(reader), bool(_END.search(data[-2048:]))
    found = []
    for name, _value, sig_field in filled:
        try:
            signature = EmbeddedPdfSignature(reader, sig_field, name)
            if signature.sig_object_type == "/DocTimeStamp":
                continue
            order, evidence = signature.signed_revision, _of_embedded(signature, review)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001
            order, evidence = reader.xrefs.total_revisions, Evidence()
        if not ends_clean and evidence.problem is None and evidence.intact:
            outside = Change(What.NOT_COVERED)
            evidence = replace(evidence, changes=(*evidence.changes, outside))
        found.append((order, evidence))
    return [evidence for _order, evidence in sorted(found, key=lambda item: item[0])]


def _of_embedded(signature: EmbeddedPdfSignature, review: Review) -> Evidence:
    signed, info = signature.signed_data, signature.signer_info
    evidence = _unexamined(signed, info, signature.signer_cert, signature.self_reported_timestamp)
    try:
        _check_subfilter(signature)
        evidence = _checked(evidence, signed, info, signature.signer_cert, signature.compute_digest)
        if not evidence.intact:
            return evidence
        return replace(evidence, changes=_changes_since(signature, review))
    except _NotChecked as reason:
        return replace(evidence, problem=reason.problem)
    except Unclear:
        return replace(evidence, problem=Problem.LATER)


def _check_subfilter(signature: EmbeddedPdfSignature) -> None:
    try:
        known = SigSeedSubFilter(signature.sig_object["/SubFilter"]) in _SUBFILTERS
    except (KeyError, ValueError):
        known = False
    if not known:
        raise _NotChecked(Problem.KIND)


def _changes_since(signature: EmbeddedPdfSignature, review: Review) -> tuple[Change, ...]:
    """What came into the file since, or was never under the signature; raises Unclear."""
    try:
        coverage = signature.evaluate_signature_coverage()
    except Exception as error:
        raise Unclear from error
    if not _has_one_gap(signature) or coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return (Change(What.NOT_COVERED),)
    if coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return ()
    return review.since(signature)


def _has_one_gap(signature: EmbeddedPdfSignature) -> bool:
    """Whether all but the signature's own digits is signed, from the first byte on."""
    if len(signature.byte_range) != 4:
        return False
    start, length, after, _length = signature.byte_range
    return bool(start == 0 and after == length + 2 * len(signature.pkcs7_content) + 2)


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
    except MemoryError:
        raise
    except Exception as error:  # whatever a parser raises has one answer
        raise ValidationError(
            _("This is not a signature file (.p7s)."), code="unreadable"
        ) from error
    try:
        return _checked(evidence, signed, info, signer, lambda name: _digest(data, name))
    except _NotChecked as reason:
        return replace(evidence, problem=reason.problem)


def _digest(data: bytes, algorithm: str) -> bytes:
    digest = hashes.Hash(get_pyca_cryptography_hash(algorithm))
    digest.update(data)
    return digest.finalize()


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


def _checked(
    evidence: Evidence,
    signed: cms.SignedData,
    info: cms.SignerInfo,
    signer: x509.Certificate,
    digest: Callable[[str], bytes],
) -> Evidence:
    """With digest and signature value compared; ``digest`` is that of what was signed.

    Whom we trust is ours to judge, elsewhere. Raises _NotChecked.
    """
    same_digest, same_value = _compared(signed, info, signer, digest)
    stamp = _stamp_signer(info)
    changes = () if same_digest else (Change(What.CONTENT),)
    if same_digest and not same_value:
        changes = (Change(What.SIGNATURE),)
    return replace(
        evidence,
        problem=None,
        changes=changes,
        stamped_at=evidence.stamped_at if stamp else None,
        stamp=stamp,
    )


class _Arithmetic(DefaultSignatureValidator):
    """Tells an algorithm that is not known from a value that is wrong, which pyHanko does not."""

    def validate_signature(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().validate_signature(*args, **kwargs)
        except (AlgorithmNotSupported, DSAParametersUnavailable) as error:
            raise _NotChecked(Problem.ALGORITHM) from error


def _compared(
    signed: cms.SignedData,
    info: cms.SignerInfo,
    signer: x509.Certificate,
    digest: Callable[[str], bytes],
) -> tuple[bool, bool]:
    """Whether the digest, and the signature's value, are those of this content and signer."""
    try:
        algorithm = info["digest_algorithm"]["algorithm"].native
        content = signed["encap_content_info"]
        if content["content"] is not core.VOID or len(signed["signer_infos"]) != 1:
            raise _NotChecked(Problem.KIND)
        if algorithm in _BROKEN_HASHES:
            raise _NotChecked(Problem.WEAK)
        kind = content["content_type"].native
        return validate_sig_integrity(info, signer, kind, digest(algorithm), _Arithmetic())
    except (_NotChecked, MemoryError):
        raise
    except (UnsupportedAlgorithm, NotImplementedError) as error:
        raise _NotChecked(Problem.ALGORITHM) from error
    except Exception as error:
        raise _NotChecked(Problem.DAMAGED) from error


def _certified(signed: cms.SignedData, signer: x509.Certificate) -> Certified:
    choices = [c for c in signed["certificates"] if c.name == "certificate"]
    own = signer.serial_number
    others = [c.chosen.dump() for c in choices if c.chosen.serial_number != own]
    return Certified(signer.dump(), tuple(others))


def _stamp_signer(info: cms.SignerInfo) -> Certified | None:
    """Who stamped this signature; None when nobody did, or the stamp is spoiled."""
    try:
        token = find_unique_cms_attribute(info["unsigned_attrs"], "signature_time_stamp_token")
        signed = token["content"]
        context = ValidationContext(trust_roots=[], allow_fetching=False)
        checked = asyncio.run(
            validate_tst_signed_data(signed, context, message_imprint_checker(info))
        )
        if not (checked["intact"] and checked["valid"]):
            return None
        return _certified(signed, _certificate_of(signed, signed["signer_infos"][0]))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - no stamp, or one that cannot be read
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
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return None
    return moment if isinstance(moment, datetime) else None


def _stamp_time(info: cms.SignerInfo) -> datetime | None:
    """What the signature's time stamp says, still unchecked."""
    try:
        token = find_unique_cms_attribute(info["unsigned_attrs"], "signature_time_stamp_token")
        moment = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return None
    return moment if isinstance(moment, datetime) else None
