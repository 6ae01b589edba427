"""Reads certificate requests (PKCS#10, RFC 2986) that strangers send."""

import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import sandbox

MAX_BYTES = 64 * 1024
# DOC-ICP-01.01 asks for 2048 at least; more than 8192 only costs those who verify.
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
_MIN_EXPONENT = 65537
_PEM, _SECRET = b"-----BEGIN ", b"PRIVATE KEY-----"


@dataclass(frozen=True)
class CertificateRequest:
    """A request whose signature is right. Nothing that it says of a person is to be believed.

    ``sha256``: of the DER. ``key_sha256``: of the key's SubjectPublicKeyInfo. Both lower-case
    hexadecimal. ``common_name``: every CN, joined by commas; empty without one.
    """

    sha256: str
    key_sha256: str
    key_bits: int
    common_name: str
    der: bytes = field(repr=False)


def read_request(data: bytes) -> CertificateRequest:
    """What a request of somebody's holds, from DER or PEM; it is read in the sandbox.

    Raises ValidationError; its code is one of ``unreadable``, ``private_key`` (the key came along),
    ``signature`` (not made by the key inside), ``weak`` (no RSA key of at least 2048 bits with an
    odd exponent of 65537 or more), or one of the sandbox's.
    """
    if len(data) > MAX_BYTES:
        raise _unreadable()
    if _SECRET in data:
        raise ValidationError(
            _("This file holds a private key, which nobody else may have. It was not kept. Send the request alone, and better make a new key."),
            code="private_key",
        )  # fmt: skip
    return sandbox.run(parse_request, data)


def parse_request(data: bytes) -> CertificateRequest:
    """As ``read_request``, in this process."""
    with sandbox.answered(_unreadable):
        request = _load(data)
        key = request.public_key()
        common_names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    key = _checked_key(key)
    if not _is_signed(request):
        raise ValidationError(
            _("The signature of this request is wrong: it was changed, or made with another key."),
            code="signature",
        )
    der = request.public_bytes(Encoding.DER)
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return CertificateRequest(
        sha256=hashlib.sha256(der).hexdigest(),
        key_sha256=hashlib.sha256(spki).hexdigest(),
        key_bits=key.key_size,
        common_name=", ".join(str(name.value) for name in common_names),
        der=der,
    )


def _load(data: bytes) -> x509.CertificateSigningRequest:
    data = data.removeprefix(b"\xef\xbb\xbf")
    return x509.load_pem_x509_csr(data) if _PEM in data else x509.load_der_x509_csr(data)


def _checked_key(key: object) -> RSAPublicKey:
    """Raises ValidationError, code ``weak``."""
    if not isinstance(key, RSAPublicKey):
        raise ValidationError(
            _("This request holds a key of another kind. Make an RSA key of 2048 bits or more."),
            code="weak",
        )
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise ValidationError(
            _("The key in this request has %(bits)s bits. Make an RSA key of 2048 to 8192 bits."),
            code="weak",
            params={"bits": str(key.key_size)},
        )
    exponent = key.public_numbers().e
    if exponent < _MIN_EXPONENT or exponent % 2 == 0:
        raise ValidationError(
            _("The key in this request has a weak exponent. Make an RSA key with the exponent 65537."),
            code="weak",
        )  # fmt: skip
    return key


def _is_signed(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except Exception:  # noqa: BLE001 - an algorithm that nobody knows proves nothing
        return False


def _unreadable() -> ValidationError:
    return ValidationError(
        _("This is not a certificate request (PKCS#10, .csr), or it is damaged."),
        code="unreadable",
    )
