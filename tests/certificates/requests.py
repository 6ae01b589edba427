"""Certificate requests as people's programs make them."""

from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tests.certificates.authority import KEY

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
WEAK_BITS = 1024


@cache
def rsa_key(*, bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


def request(*names: str, key: Key = KEY) -> x509.CertificateSigningRequest:
    """A request whose CNs are these."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, digest)


def der(*names: str, key: Key = KEY) -> bytes:
    return request(*names, key=key).public_bytes(Encoding.DER)


def pem(*names: str, key: Key = KEY) -> bytes:
    return request(*names, key=key).public_bytes(Encoding.PEM)


def spki(key: Key = KEY) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
