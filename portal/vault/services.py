"""Envelope encryption that binds each secret to its place.

Every secret has a random 256-bit data key (AES-256-GCM); that key is wrapped by a
key-encryption key of the ring, named in the sealed bytes. The additional data say where the
secret belongs, so bytes moved to another row, field, tenant or version do not open.

Sealed bytes: ``BVL1`` · kid (16, NUL-padded) · nonce (12) · wrapped data key (48) · nonce (12) ·
ciphertext with tag (secret + 16).
"""

import hmac
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.views.decorators.debug import sensitive_variables

from portal.vault.errors import KeyMissing, KeyringBroken, Tampered, VaultError, in_words
from portal.vault.keyring import KEY_BYTES, KID_BYTES, Keyring, keyring, refreshed

__all__ = [
    "HEADER_BYTES", "KeyMissing", "KeyringBroken", "Tampered", "VaultError", "in_words", "kid_of",
    "mac", "mac_holds", "open_sealed", "rewrap", "seal",
]  # fmt: skip

MAGIC = b"BVL1"
NONCE_BYTES, TAG_BYTES = 12, 16
HEADER_BYTES = len(MAGIC) + KID_BYTES
_WRAPPED_END = HEADER_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES
_SECRET_START = _WRAPPED_END + NONCE_BYTES
_LENGTHS = struct.Struct(">IIIIQ")


@sensitive_variables("plaintext", "data_key")
def seal(
    plaintext: bytes, *, label: str, tenant: str, row: str, field: str, version: int = 1
) -> bytes:
    """Encrypt ``plaintext`` for one place.

    ``label`` names the kind of secret and never changes (not even when a model is renamed);
    ``tenant`` is the company or "portal"; ``row`` and ``field`` say where the bytes are kept;
    ``version`` counts the values that the place has held. Raises VaultError without a keyring.
    """
    return _seal(plaintext, _place(label, tenant, row, field, version), keyring())


@sensitive_variables("data_key", "plaintext")
def open_sealed(
    sealed: bytes | memoryview, *, label: str, tenant: str, row: str, field: str, version: int = 1
) -> bytes:
    """Decrypt what ``seal`` made for this very place.

    Raises KeyMissing when the ring no longer has its key, Tampered when the bytes were changed
    or belong elsewhere; both are VaultError.
    """
    return _open(bytes(sealed), _place(label, tenant, row, field, version), keyring())


def kid_of(sealed: bytes | memoryview) -> str:
    """The name of the key that wraps these bytes' data key; Tampered if they are not ours.

    The first HEADER_BYTES are enough.
    """
    header = bytes(sealed[:HEADER_BYTES])
    if len(header) != HEADER_BYTES or header[: len(MAGIC)] != MAGIC:
        raise Tampered("These bytes were not sealed by the vault.")
    return header[len(MAGIC) :].rstrip(b"\0").decode("ascii", "replace")


def rewrap(sealed: bytes | memoryview) -> bytes:
    """The same secret with its data key under the ring's first key; the secret stays closed."""
    sealed, ring = bytes(sealed), keyring()
    data_key = _unwrap(sealed, ring)
    return _wrap(data_key, ring) + sealed[_WRAPPED_END:]


def mac(message: bytes, *, label: str) -> str:
    """``kid:`` and the HMAC-SHA256 (hexadecimal) of a message that is no secret.

    ``label`` names the kind of message. Raises VaultError without a keyring.
    """
    ring = keyring()
    return f"{ring.first}:{_digest(ring.mac_key(ring.first), message, label)}"


def mac_holds(message: bytes, tag: str, *, label: str) -> bool:
    """Whether ``mac`` gave this tag for the message. KeyMissing when its key left the ring."""
    kid, _colon, digest = tag.rpartition(":")
    try:
        key = keyring().mac_key(kid)
    except KeyMissing:  # another process may have added it a moment ago
        key = refreshed().mac_key(kid)
    return hmac.compare_digest(digest.encode(), _digest(key, message, label).encode())


def _digest(key: bytes, message: bytes, label: str) -> str:
    return hmac.digest(key, label.encode() + b"\0" + message, "sha256").hex()


def _seal(plaintext: bytes, place: bytes, ring: Keyring) -> bytes:
    random = os.urandom(KEY_BYTES + NONCE_BYTES)
    data_key, nonce = random[:KEY_BYTES], random[KEY_BYTES:]
    return _wrap(data_key, ring) + nonce + AESGCM(data_key).encrypt(nonce, plaintext, place)


def _open(sealed: bytes, place: bytes, ring: Keyring) -> bytes:
    data_key = _unwrap(sealed, ring)
    nonce, secret = sealed[_WRAPPED_END:_SECRET_START], sealed[_SECRET_START:]
    try:
        return AESGCM(data_key).decrypt(nonce, secret, place)
    except InvalidTag:
        raise Tampered("The secret was changed or belongs elsewhere.") from None


def _wrap(data_key: bytes, ring: Keyring) -> bytes:
    header = MAGIC + ring.first.encode().ljust(KID_BYTES, b"\0")
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + ring.key(ring.first).encrypt(nonce, data_key, header)


def _unwrap(sealed: bytes, ring: Keyring) -> bytes:
    try:
        key = ring.key(kid_of(sealed))
    except KeyMissing as missing:  # another process may have added it a moment ago
        key = refreshed().key(missing.kid)
    if len(sealed) < _SECRET_START + TAG_BYTES:
        raise Tampered("The sealed bytes are cut short.")
    header, nonce = sealed[:HEADER_BYTES], sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
    try:
        return key.decrypt(nonce, sealed[HEADER_BYTES + NONCE_BYTES : _WRAPPED_END], header)
    except InvalidTag:
        raise Tampered("The wrapped key was changed.") from None


def _place(label: str, tenant: str, row: str, field: str, version: int) -> bytes:
    """All lengths come first, so that no two places give the same bytes."""
    a, b, c, d = label.encode(), tenant.encode(), row.encode(), field.encode()
    lengths = _LENGTHS.pack(len(a), len(b), len(c), len(d), version)
    return b"".join((MAGIC, lengths, a, b, c, d))
