"""Reading the operator's PFX: what it holds, or a clear reason why it cannot be used."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from asn1crypto import x509
from asn1crypto.keys import PublicKeyInfo
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
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
from django.views.decorators.debug import sensitive_variables

from certificates.icp.pkcs12 import MAX_ROUNDS, count_keys, open_pkcs12, opens, rounds_of
from certificates.icp.reading import MAX_BYTES, UNPARSABLE, is_pfx, record_of
from certificates.icp.record import CertificateRecord
from portal import sandbox

__all__ = [
    "MAX_BYTES", "KeyPair", "Unlocked", "above", "read_pfx", "read_pfx_record",
    "read_uploaded_pfx", "unlock_uploaded",
]  # fmt: skip

MIN_RSA_BITS = 2048
LIMITS = sandbox.Limits(cpu_seconds=10)  # the most careful programs derive keys for seconds
_WRONG_PASSWORD = "Invalid password"  # noqa: S105 - how cryptography's message begins


@dataclass(frozen=True)
class KeyPair:
    """A private key, the certificate that belongs to it, and the other certificates beside it."""

    key: RSAPrivateKey
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class Unlocked:
    """The same as bytes: the key as PKCS#8 without a password, the certificates as DER."""

    key: bytes = field(repr=False)
    certificate: bytes
    others: tuple[bytes, ...]


@sensitive_variables()
def read_uploaded_pfx(data: bytes, password: str) -> KeyPair:
    """As ``read_pfx``, of a file that somebody sent: it is opened in the sandbox."""
    return _key_pair(unlock_uploaded(data, password))


@sensitive_variables()
def unlock_uploaded(data: bytes, password: str) -> Unlocked:
    """As ``unlock``, of a file that somebody sent: it is opened in the sandbox."""
    return sandbox.run(unlock, data, password, limits=LIMITS)


def read_pfx(data: bytes, password: str) -> KeyPair:
    """What a PFX holds. The leaf is the certificate whose key it holds.

    Raises ValidationError; its code is one of ``unreadable`` (no PFX, or cut), ``wrong_password``,
    ``malformed`` (opened, but what is inside cannot be read), ``no_private_key``,
    ``no_certificate``, ``several_leaves``, ``unsupported_key``.
    """
    return _key_pair(unlock(data, password))


def read_pfx_record(data: bytes, password: str) -> CertificateRecord:
    """What the certificate in a PFX says, whatever its key; raises as ``read_pfx``."""
    return record_of(x509.Certificate.load(unlock(data, password).certificate))


def _key_pair(found: Unlocked) -> KeyPair:
    key = _load_key(found.key)
    if not isinstance(key, RSAPrivateKey) or key.key_size < MIN_RSA_BITS:
        raise ValidationError(
            _("Only RSA keys of at least 2048 bits can sign here."), code="unsupported_key"
        )
    others = tuple(x509.Certificate.load(der) for der in found.others)
    return KeyPair(key, x509.Certificate.load(found.certificate), others)


def above(
    leaf: x509.Certificate, others: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """The authorities above the leaf, nearest first, as far as they are among the others."""
    by_subject = {c.subject.hashable: c for c in others}
    chain: list[x509.Certificate] = []
    current = leaf
    while current.issuer != current.subject and len(chain) < len(others):
        found = by_subject.get(current.issuer.hashable)
        if found is None:
            break
        chain.append(found)
        current = found
    return tuple(chain)


def unlock(data: bytes, password: str) -> Unlocked:
    """Key, leaf and other certificates of a PFX; raises as ``read_pfx``, whatever the key."""
    with sandbox.answered(_malformed):
        return _unlock(data, password)


def _unlock(data: bytes, password: str) -> Unlocked:
    _check_shape(data)
    keys, certificates = _open(data, password)
    if not keys:
        raise ValidationError(
            _(
                "This file has no private key. Export the certificate together with its private key."
            ),
            code="no_private_key",
        )
    found = _leaves([_load_key(der) for der in dict.fromkeys(keys)], certificates)
    if len(found) > 1:
        raise ValidationError(
            _("This file has several certificates with their keys. Export the one that is meant."),
            code="several_leaves",
        )
    if not found:
        raise ValidationError(
            _("This file has a private key, but not the certificate that belongs to it."),
            code="no_certificate",
        )
    key, leaf = found[0]
    return Unlocked(
        key=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        certificate=leaf.dump(),
        others=tuple(c.dump() for c in certificates if c is not leaf),
    )


def _leaves(
    keys: list[PrivateKeyTypes], certificates: list[x509.Certificate]
) -> list[tuple[PrivateKeyTypes, x509.Certificate]]:
    """Each key with each certificate of its own."""
    try:
        by_key: dict[bytes, dict[bytes, x509.Certificate]] = {}
        for certificate in certificates:
            held = by_key.setdefault(_public(certificate.public_key), {})
            held.setdefault(certificate.dump(), certificate)
    except UNPARSABLE as error:
        raise _malformed() from error
    found = []
    for key in keys:
        info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        own = by_key.get(_public(PublicKeyInfo.load(info)), {})
        found += [(key, certificate) for certificate in own.values()]
    return found


def _public(info: PublicKeyInfo) -> bytes:
    """The key itself: programs write the algorithm's parameters beside it differently."""
    return bytes(info["public_key"].contents or b"")


def _malformed() -> ValidationError:
    return ValidationError(
        _("The password is right, but what the file holds is damaged or protected in a way that is not supported."),
        code="malformed",
    )  # fmt: skip


def _check_shape(data: bytes) -> None:
    if len(data) > MAX_BYTES or not is_pfx(data) or rounds_of(data) > MAX_ROUNDS:
        raise ValidationError(
            _("This is not a certificate file with its key (.pfx or .p12), or it is damaged."),
            code="unreadable",
        )


def _open(data: bytes, password: str) -> tuple[list[bytes], list[x509.Certificate]]:
    for candidate in _spellings(password):
        try:
            found = pkcs12.load_pkcs12(data, candidate.encode())
        except UNPARSABLE as error:
            if str(error).startswith(_WRONG_PASSWORD) or isinstance(error, UnicodeError):
                continue
            # The password is right; a certificate or a cipher is not to cryptography's taste.
            return _open_tolerantly(data, candidate)
        # Of several keys cryptography tells only one.
        return _open_tolerantly(data, candidate) if count_keys(data) > 1 else _contents(found)
    # cryptography says "wrong password" of some damaged contents too: the seal knows better.
    for candidate in _spellings(password):
        if opens(data, candidate):
            return _open_tolerantly(data, candidate)
    raise ValidationError(_("The password does not open this file."), code="wrong_password")


def _spellings(password: str) -> Iterator[str]:
    """The ways in which programs have encoded the same accented password."""
    yield password
    variants = [
        unicodedata.normalize("NFC", password),
        unicodedata.normalize("NFD", password),
        # OpenSSL up to 1.0 widened each byte of the UTF-8 text on its own.
        password.encode(errors="replace").decode("latin-1"),
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
    except UNPARSABLE as error:
        raise _malformed() from error


def _load_key(der: bytes) -> PrivateKeyTypes:
    try:
        return load_der_private_key(der, password=None)
    except UNPARSABLE as error:
        raise ValidationError(
            _("The private key in this file is damaged."), code="malformed"
        ) from error
