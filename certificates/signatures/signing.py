"""Signing: PAdES inside a PDF, CMS beside any other file."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

from certificates.icp.identity import Holder, holder_of
from certificates.signatures.cms import SignedDataBuilder, TimestampSource
from certificates.signatures.preparing import prepare
from certificates.signatures.stamp import Stamp, stamp_lines
from certificates.signatures.timestamps import (
    REFUSED,
    HTTPTimeStamper,
    TimestampFailed,
    TimestampProblem,
    timestamper,
)
from portal import sandbox

__all__ = [
    "CannotSign",
    "Signer",
    "Stamp",
    "TimestampFailed",
    "sign_detached",
    "sign_pdf",
]

logger = logging.getLogger(__name__)

_MIN_RESERVED = 8192
_TIMESTAMP_RESERVED = 16384
LIMITS = sandbox.Limits(cpu_seconds=5, wait_seconds=60)


class CannotSign(Exception):
    """This file cannot be signed as it is; the message says why, for whoever handed it in."""


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
    is_ours: bool = False,
) -> bytes:
    """The PDF with a PAdES signature added (B-B; B-T when TSA_URL is set).

    ``at`` is what the signature says about when it was made; now by default. A PDF that is
    signed already gets no visible stamp: growing its page would break the older signature.
    ``is_ours``: this portal has just made the PDF, which then needs no sandbox.
    Raises CannotSign for a file that cannot be signed, TimestampFailed when the time-stamp
    authority does not answer, and ``sandbox.Busy``.
    """
    at = at or timezone.now()
    stamper = timestamper()
    lines = stamp_lines(stamp, signer.holder, at, is_demo=signer.is_demo) if stamp else []
    reserved = signer.reserved + (_TIMESTAMP_RESERVED if stamper else 0)
    seal = (lines, stamp.url, stamp.page) if stamp else None
    arguments = (pdf, (reason, signer.name, at), reserved, seal)
    try:
        room = prepare(*arguments) if is_ours else sandbox.run(prepare, *arguments, limits=LIMITS)
    except sandbox.Busy:
        raise
    except ValidationError as error:
        raise CannotSign(" ".join(error.messages)) from error
    return _filled(pdf + room.update, room.start, room.end, signer, stamper)


def _filled(
    document: bytes, start: int, end: int, signer: Signer, stamper: HTTPTimeStamper | None
) -> bytes:
    """The document with the signature between ``start`` and ``end``, of all that stands outside."""
    whole = memoryview(document)
    digest = hashlib.sha256(whole[:start])
    digest.update(whole[end:])
    try:
        signature = asyncio.run(signer.builder.sign(digest.digest(), timestamp=_source(stamper)))
    except TimestampRequestError as error:
        raise _failed(error) from error
    digits = signature.hex().encode().ljust(end - start - 2, b"0")
    if len(digits) != end - start - 2 or document[start : start + 1] != b"<":
        raise CannotSign(_("This PDF is damaged, or made in a way that cannot be signed here."))
    return b"".join((whole[: start + 1], digits, whole[end - 1 :]))


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
        raise _failed(error) from error


def _failed(error: TimestampRequestError) -> TimestampFailed:
    """What staff read; the reason goes to the log."""
    logger.warning("No time stamp: %s", error)
    return TimestampFailed(str(error.said if isinstance(error, TimestampProblem) else REFUSED))
