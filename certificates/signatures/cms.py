"""CMS SignedData (RFC 5652) with the attributes of a CAdES and PAdES baseline signature.

Most of a signature never changes between two of one signer: certificates, algorithms, who signs.
It is encoded once. Encoding it at every signature costs thirty times the RSA operation.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute

SEQUENCE, SET, OCTETS = 0x30, 0x31, 0x04
# Given the signature's SHA-256, a time-stamp token over it.
TimestampSource = Callable[[bytes], Awaitable[cms.ContentInfo]]


def tlv(tag: int, *parts: bytes) -> bytes:
    """DER: tag, length, value."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


class SignedDataBuilder:
    """Makes detached SignedData for one key (RSA, SHA-256)."""

    def __init__(
        self, key: RSAPrivateKey, certificate: x509.Certificate, chain: Iterable[x509.Certificate]
    ) -> None:
        self._key = key
        digest = algos.DigestAlgorithm({"algorithm": "sha256"})
        mechanism = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
        self._digest, self._mechanism = digest.dump(), mechanism.dump()
        protection = cms.CMSAlgorithmProtection(
            {"digest_algorithm": digest, "signature_algorithm": mechanism}
        )
        self._fixed = [
            simple_cms_attribute("content_type", "data").dump(),
            simple_cms_attribute(
                "signing_certificate_v2", as_signing_certificate_v2(certificate)
            ).dump(),
            simple_cms_attribute("cms_algorithm_protection", protection).dump(),
        ]
        # Roots are trusted by whoever checks, or not at all: they need not travel.
        sent = [certificate, *(c for c in chain if c.issuer != c.subject)]
        self._certificates = tlv(0xA0, *sorted(c.dump() for c in sent))
        serial = core.Integer(certificate.serial_number).dump()
        self._signer_id = tlv(SEQUENCE, certificate.issuer.dump(), serial)
        self._version = core.Integer(1).dump()
        self._content = tlv(SEQUENCE, cms.ContentType("data").dump())
        self._signed_data = cms.ContentType("signed_data").dump()

    async def sign(
        self, digest: bytes, *, at: datetime | None = None, timestamp: TimestampSource | None = None
    ) -> bytes:
        """The DER of a ContentInfo over content whose SHA-256 is ``digest``.

        ``at`` becomes the signing-time attribute, which PAdES leaves out.
        """
        attributes = [*self._fixed, simple_cms_attribute("message_digest", digest).dump()]
        if at is not None:
            moment = core.UTCTime(at.astimezone(UTC).replace(microsecond=0))
            attributes.append(
                simple_cms_attribute("signing_time", cms.Time({"utc_time": moment})).dump()
            )
        attributes.sort()
        signature = self._key.sign(tlv(SET, *attributes), PKCS1v15(), hashes.SHA256())
        parts = [
            self._version,
            self._signer_id,
            self._digest,
            tlv(0xA0, *attributes),
            self._mechanism,
            tlv(OCTETS, signature),
        ]
        if timestamp is not None:
            token = await timestamp(hashlib.sha256(signature).digest())
            parts.append(
                tlv(0xA1, simple_cms_attribute("signature_time_stamp_token", token).dump())
            )
        return self._wrap(tlv(SEQUENCE, *parts))

    def _wrap(self, signer_info: bytes) -> bytes:
        signed = tlv(
            SEQUENCE,
            self._version,
            tlv(SET, self._digest),
            self._content,
            self._certificates,
            tlv(SET, signer_info),
        )
        return tlv(SEQUENCE, self._signed_data, tlv(0xA0, signed))
