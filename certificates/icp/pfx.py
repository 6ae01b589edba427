"""Reading the operator's PFX: what it holds, or a clear reason why it cannot be used."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from asn1crypto import pkcs12 as asn1_pkcs12
from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    pkcs12,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certificates.icp.pkcs12 import open_pkcs12

MAX_BYTES = 256 * 1024
MIN_RSA_BITS = 2048
_WRONG_PASSWORD = "Invalid password"  # noqa: S105 - how cryptography's message begins


@dataclass(frozen=True)
class KeyPair:
    """A private key, the certificate that belongs to it, and the other certificates beside it."""

    key: RSAPrivateKey
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


def read_pfx(data: bytes, password: str) -> KeyPair:
    """What a PFX holds. The leaf is the certificate whose key it holds.

    Raises ValidationError; its code is one of ``unreadable``, ``wrong_password``,
    ``no_private_key``, ``no_certificate``, ``unsupported_key``.
    """
    _check_shape(data)
    keys, certificates = _open(data, password)
    if not keys:
        raise ValidationError(
            _(
                "This file has no private key. Export the certificate together with its private key."
            ),
            code="no_private_key",
        )
    for der in keys:
        key = _load_key(der)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for certificate in certificates:
            if certificate.public_key.dump() == public:
                others = tuple(c for c in certificates if c is not certificate)
                return KeyPair(key, certificate, others)
    raise ValidationError(
        _("This file has a private key, but not the certificate that belongs to it."),
        code="no_certificate",
    )


def _check_shape(data: bytes) -> None:
    try:
        pfx = asn1_pkcs12.Pfx.load(data[: MAX_BYTES + 1], strict=True)
        well_formed = bool(pfx["auth_safe"]["content_type"].native)
    except (ValueError, TypeError):
        well_formed = False
    if not well_formed:
        raise ValidationError(
            _("This is not a certificate file with its key (.pfx or .p12), or it is damaged."),
            code="unreadable",
        )


def _open(data: bytes, password: str) -> tuple[list[bytes], list[x509.Certificate]]:
    for candidate in _spellings(password):
        try:
            found = pkcs12.load_pkcs12(data, candidate.encode())
        except ValueError as error:
            if str(error).startswith(_WRONG_PASSWORD):
                continue
            # The password is right; a certificate or a cipher is not to cryptography's taste.
            return _open_tolerantly(data, candidate)
        return _contents(found)
    raise ValidationError(_("The password does not open this file."), code="wrong_password")


def _spellings(password: str) -> Iterator[str]:
    """The ways in which programs have encoded the same accented password."""
    yield password
    variants = [
        unicodedata.normalize("NFC", password),
        unicodedata.normalize("NFD", password),
        # OpenSSL up to 1.0 widened each byte of the UTF-8 text on its own.
        password.encode().decode("latin-1"),
    ]
    yield from (v for v in dict.fromkeys(variants) if v != password)


def _contents(
    found: pkcs12.PKCS12KeyAndCertificates,
) -> tuple[list[bytes], list[x509.Certificate]]:
    certificates = [found.cert, *found.additional_certs]
    keys = (
        [found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())]
        if found.key
        else []
    )
    return keys, [
        x509.Certificate.load(c.certificate.public_bytes(Encoding.DER)) for c in certificates if c
    ]


def _open_tolerantly(data: bytes, password: str) -> tuple[list[bytes], list[x509.Certificate]]:
    try:
        return open_pkcs12(data, password)
    except (ValueError, TypeError, KeyError) as error:
        raise ValidationError(
            _("The password is right, but this file is protected in a way that is not supported."),
            code="unreadable",
        ) from error


def _load_key(der: bytes) -> RSAPrivateKey:
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError) as error:
        raise ValidationError(
            _("The private key in this file is damaged."), code="unreadable"
        ) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < MIN_RSA_BITS:
        raise ValidationError(
            _("Only RSA keys of at least 2048 bits can sign here."), code="unsupported_key"
        )
    return key
