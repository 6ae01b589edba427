"""Signing: PAdES inside a PDF, CMS beside any other file."""

import asyncio
import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from asn1crypto import algos, cms, x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

from certificates.icp.identity import Holder, holder_of
from certificates.signatures.cms import SignedDataBuilder, TimestampSource
from certificates.signatures.stamp import SealStyle, Stamp, place, stamp_lines
from certificates.signatures.timestamps import HTTPTimeStamper, TimestampFailed, timestamper

__all__ = [
    "CannotSign",
    "Signer",
    "Stamp",
    "TimestampFailed",
    "sign_detached",
    "sign_pdf",
]

FIELD = "AssinaturaBalcao"
_MIN_RESERVED = 8192
_TIMESTAMP_RESERVED = 16384


class CannotSign(Exception):
    """This file cannot be signed as it is; the message says why, for whoever handed it in."""


class LoadedKeySigner(signers.Signer):
    """A pyHanko signer that keeps the loaded key and what never changes of its signatures.

    SimpleSigner loads and checks the RSA key twice at each signature, which costs more than
    everything else together.
    """

    def __init__(self, builder: SignedDataBuilder, certificate: x509.Certificate) -> None:
        self._builder = builder
        super().__init__(
            signing_cert=certificate,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        )

    async def async_sign(  # noqa: PLR0917
        self,
        data_digest: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: ARG002 - all of these are pyHanko's
        use_pades: bool = False,  # noqa: ARG002
        timestamper: TimeStamper | None = None,
        signed_attr_settings: Any = None,  # noqa: ARG002
        is_pdf_sig: bool = True,  # noqa: ARG002
        encap_content_info: Any = None,  # noqa: ARG002
    ) -> cms.ContentInfo:
        if digest_algorithm != "sha256":
            raise SigningError(f"unexpected digest {digest_algorithm}")
        der = await self._builder.sign(data_digest, timestamp=_source(timestamper))
        return cms.ContentInfo.load(der)


def _source(timestamper: TimeStamper | None) -> TimestampSource | None:
    if timestamper is None:
        return None

    async def ask(digest: bytes) -> cms.ContentInfo:
        return await timestamper.async_timestamp(digest, "sha256")

    return ask


@dataclass(frozen=True)
class Signer:
    """A loaded certificate with its key, ready to sign; kept per process."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: RSAPrivateKey
    is_demo: bool

    @cached_property
    def holder(self) -> Holder:
        return holder_of(self.certificate)

    @property
    def name(self) -> str:
        """The holder's name, as it goes to ``Document.signed_by``."""
        return self.holder.name

    @property
    def tax_id(self) -> str:
        return self.holder.tax_id

    @cached_property
    def builder(self) -> SignedDataBuilder:
        return SignedDataBuilder(self.key, self.certificate, self.chain)

    @cached_property
    def pdf_signer(self) -> LoadedKeySigner:
        return LoadedKeySigner(self.builder, self.certificate)

    @cached_property
    def reserved(self) -> int:
        """Hexadecimal digits that the CMS may need: certificates, signature, attributes."""
        certificates = sum(len(c.dump()) for c in (self.certificate, *self.chain))
        return max(_MIN_RESERVED, 2 * (certificates + self.key.key_size // 8 + 1536))


def sign_pdf(
    pdf: bytes,
    signer: Signer,
    *,
    reason: str,
    stamp: Stamp | None = None,
    at: datetime | None = None,
) -> bytes:
    """The PDF with a PAdES signature added (B-B; B-T when TSA_URL is set).

    ``at`` is what the signature says about when it was made; now by default. A PDF that is
    signed already gets no visible stamp: growing its page would break the older signature.
    Raises CannotSign for a file that cannot be signed, TimestampFailed when the time-stamp
    authority does not answer.
    """
    at = at or timezone.now()
    stamper = timestamper()
    output = io.BytesIO()
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        if writer.prev.encrypted:
            raise CannotSign(_("This PDF is protected by a password."))
        job = _pdf_signer(writer, signer, reason=reason, stamp=stamp, at=at, stamper=stamper)
        reserved = signer.reserved + (_TIMESTAMP_RESERVED if stamper else 0)
        asyncio.run(job.async_sign_pdf(writer, bytes_reserved=reserved, output=output))
    except TimestampRequestError as error:
        raise TimestampFailed(_no_timestamp(error)) from error
    except (PdfError, SigningError) as error:
        raise CannotSign(_("This PDF cannot be signed: %(reason)s") % {"reason": error}) from error
    return output.getvalue()


def _pdf_signer(
    writer: IncrementalPdfFileWriter,
    signer: Signer,
    *,
    reason: str,
    stamp: Stamp | None,
    at: datetime,
    stamper: HTTPTimeStamper | None,
) -> "_TimedPdfSigner":
    earlier = [name for name, _value, _ref in fields.enumerate_sig_fields(writer.prev)]
    name = FIELD if FIELD not in earlier else f"{FIELD}{len(earlier) + 1}"
    spec, style = fields.SigFieldSpec(name), None
    if stamp and not writer.prev.embedded_signatures:
        box, rotation = place(writer, stamp.page)
        lines = stamp_lines(stamp, signer.holder, at, is_demo=signer.is_demo)
        style = SealStyle(lines=tuple(lines), url=stamp.url, rotation=rotation)
        spec = fields.SigFieldSpec(
            name, on_page=stamp.page, box=box, readable_field_name=_("Digital signature")
        )
    meta = signers.PdfSignatureMetadata(
        field_name=name,
        md_algorithm="sha256",
        reason=reason,
        name=signer.name,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    return _TimedPdfSigner(
        meta, signer.pdf_signer, timestamper=stamper, stamp_style=style, new_field_spec=spec, at=at
    )


class _TimedPdfSigner(signers.PdfSigner):
    """A PdfSigner whose signature says a given time."""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


def sign_detached(data: bytes, signer: Signer, *, at: datetime | None = None) -> bytes:
    """A detached CMS signature (CAdES, DER) of any file: what goes into its ``.p7s``.

    Raises TimestampFailed as sign_pdf does.
    """
    digest = hashlib.sha256(data).digest()
    try:
        return asyncio.run(
            signer.builder.sign(digest, at=at or timezone.now(), timestamp=_source(timestamper()))
        )
    except TimestampRequestError as error:
        raise TimestampFailed(_no_timestamp(error)) from error


def _no_timestamp(error: Exception) -> str:
    return _("The time-stamp authority did not answer (%(reason)s). Try again later.") % {
        "reason": error
    }
