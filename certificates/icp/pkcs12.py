"""Tolerant reading of PKCS#12 (RFC 7292), for files whose certificates cryptography refuses.

Certificates in the wild encode ``critical FALSE`` explicitly, which DER forbids; one such
certificate makes cryptography refuse the whole file although the password is right.
"""

import hashlib
import hmac
from collections.abc import Iterator
from functools import partial

from asn1crypto import algos, cms, pkcs12, x509
from Crypto.Cipher import ARC2
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

_KEY, _IV, _MAC = 1, 2, 3
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
# The most careful programs write two million; more is meant to keep a processor busy.
MAX_ROUNDS = 2_500_000
_DAMAGED = (Exception,)  # whatever a library raises over a stranger's bytes


def open_pkcs12(data: bytes, password: str) -> tuple[list[bytes], list[x509.Certificate]]:
    """The PKCS#8 private keys (DER) and the certificates of a PFX whose password is known.

    Raises ValueError when it is damaged or protected in a way that is not known here.
    """
    keys: list[bytes] = []
    certificates: list[x509.Certificate] = []
    for bag in _bags(data, password):
        kind, value = bag["bag_id"].native, bag["bag_value"]
        if kind == "cert_bag":
            certificates.append(x509.Certificate.load(value["cert_value"].parsed.dump()))
        elif kind == "key_bag":
            keys.append(value.untag().dump())
        elif kind == "pkcs8_shrouded_key_bag":
            encrypted = value["encrypted_data"].native
            keys.append(_decrypt(value["encryption_algorithm"], encrypted, password))
    return keys, certificates


def _bags(data: bytes, password: str) -> Iterator[pkcs12.SafeBag]:
    for content in pkcs12.Pfx.load(data).authenticated_safe:
        if isinstance(content["content"], cms.EncryptedData):
            sealed = content["content"]["encrypted_content_info"]
            plain = _decrypt(
                sealed["content_encryption_algorithm"], sealed["encrypted_content"].native, password
            )
        else:
            plain = content["content"].native
        yield from pkcs12.SafeContents.load(plain)


def count_keys(data: bytes) -> int:
    """How many private keys a PFX shows without its password (each encrypted on its own)."""
    kinds = ("key_bag", "pkcs8_shrouded_key_bag")
    try:
        return sum(bag["bag_id"].native in kinds for bag in _open_bags(data))
    except _DAMAGED:
        return 0


def rounds_of(data: bytes) -> int:
    """The most rounds of key derivation that opening a PFX takes, as far as it says in the open.

    0 for one that is damaged.
    """
    try:
        pfx = pkcs12.Pfx.load(data)
        rounds = [pfx["mac_data"]["iterations"].native] if pfx["mac_data"].native else []
        for content in pfx.authenticated_safe:
            if isinstance(content["content"], cms.EncryptedData):
                sealed = content["content"]["encrypted_content_info"]
                rounds.append(_rounds(sealed["content_encryption_algorithm"]))
        rounds += [
            _rounds(bag["bag_value"]["encryption_algorithm"])
            for bag in _open_bags(data)
            if bag["bag_id"].native == "pkcs8_shrouded_key_bag"
        ]
    except _DAMAGED:
        return 0
    return max(rounds, default=0)


def _rounds(algorithm: algos.EncryptionAlgorithm) -> int:
    if algorithm["algorithm"].native != "pbes2":
        return int(algorithm["parameters"]["iterations"].native)
    return int(algorithm.kdf_iterations) if algorithm.kdf == "pbkdf2" else 0


def _open_bags(data: bytes) -> Iterator[pkcs12.SafeBag]:
    for content in pkcs12.Pfx.load(data).authenticated_safe:
        if not isinstance(content["content"], cms.EncryptedData):
            yield from pkcs12.SafeContents.load(content["content"].native)


def _decrypt(algorithm: algos.EncryptionAlgorithm, data: bytes, password: str) -> bytes:
    name = algorithm["algorithm"].native
    if name == "pbes2":
        return _decrypt_pbes2(algorithm, data, password)
    parameters = algorithm["parameters"]
    salt, rounds = parameters["salt"].native, parameters["iterations"].native
    sizes = {
        "pkcs12_sha1_tripledes_3key": 24,
        "pkcs12_sha1_tripledes_2key": 16,
        "pkcs12_sha1_rc2_128": 16,
        "pkcs12_sha1_rc2_40": 5,
    }
    if name not in sizes:
        raise ValueError(f"PKCS#12 protected with {name}")
    key = derive(password, salt, rounds, purpose=_KEY, size=sizes[name])
    iv = derive(password, salt, rounds, purpose=_IV, size=8)
    if "rc2" in name:
        # Old files are read with it; nothing is ever encrypted.
        rc2 = ARC2.new(key, ARC2.MODE_CBC, iv=iv, effective_keylen=8 * len(key))  # noqa: S304
        return _unpad(rc2.decrypt(data), 8)
    decryptor = Cipher(TripleDES(key), modes.CBC(iv)).decryptor()
    return _unpad(decryptor.update(data) + decryptor.finalize(), 8)


def _decrypt_pbes2(algorithm: algos.EncryptionAlgorithm, data: bytes, password: str) -> bytes:
    if algorithm.kdf != "pbkdf2" or algorithm.kdf_hmac not in _HASHES:
        raise ValueError(f"PKCS#12 key derived with {algorithm.kdf}")
    key = PBKDF2HMAC(
        _HASHES[algorithm.kdf_hmac](),
        algorithm.key_length,
        algorithm.kdf_salt,
        algorithm.kdf_iterations,
    ).derive(password.encode())
    kinds = {"aes": algorithms.AES, "tripledes": TripleDES}
    if algorithm.encryption_cipher not in kinds:
        raise ValueError(f"PKCS#12 protected with {algorithm.encryption_cipher}")
    cipher = kinds[algorithm.encryption_cipher](key)
    decryptor = Cipher(cipher, modes.CBC(algorithm.encryption_iv)).decryptor()
    return _unpad(decryptor.update(data) + decryptor.finalize(), algorithm.encryption_block_size)


def _unpad(data: bytes, block: int) -> bytes:
    unpadder = PKCS7(block * 8).unpadder()
    return unpadder.update(data) + unpadder.finalize()


def opens(data: bytes, password: str) -> bool:
    """Whether the password is the one that the PFX's seal (MAC) was made with.

    Asked where a program gives the same answer for a wrong password and for damaged content.
    """
    try:
        pfx = pkcs12.Pfx.load(data)
        mac = pfx["mac_data"]
        name = mac["mac"]["digest_algorithm"]["algorithm"].native
        salt, rounds = mac["mac_salt"].native, mac["iterations"].native
        size = hashlib.new(name, usedforsecurity=False).digest_size
        key = derive(password, salt, rounds, purpose=_MAC, size=size, digest=name)
        found = hmac.digest(key, pfx["auth_safe"]["content"].native, name)
        return hmac.compare_digest(found, mac["mac"]["digest"].native)
    except _DAMAGED:
        return False


def derive(
    password: str, salt: bytes, rounds: int, *, purpose: int, size: int, digest: str = "sha1"
) -> bytes:
    """The key derivation of RFC 7292, appendix B.2; ``size`` in bytes."""
    new = partial(hashlib.new, digest, usedforsecurity=False)
    block = new().block_size
    text = password.encode("utf-16-be") + b"\0\0"
    diversifier = bytes([purpose]) * block
    secret = bytearray(_stretch(salt, block) + _stretch(text, block))
    output = b""
    while True:
        hashed = diversifier + bytes(secret)
        for _round in range(rounds):
            hashed = new(hashed).digest()
        output += hashed
        if len(output) >= size:
            return output[:size]
        addend = int.from_bytes(_stretch(hashed, block)[:block], "big") + 1
        for start in range(0, len(secret), block):
            total = int.from_bytes(secret[start : start + block], "big") + addend
            secret[start : start + block] = (total % (1 << 8 * block)).to_bytes(block, "big")


def _stretch(data: bytes, block: int) -> bytes:
    """``data`` repeated to fill a whole number of blocks; nothing stays nothing."""
    size = -(-len(data) // block) * block
    return (data * (size // len(data) + 1))[:size] if data else b""
