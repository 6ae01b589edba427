"""A small ICP-Brasil for the tests of trust: roots, authorities, people, lists, a responder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from portal.taxid import with_check_digits
from tests.certificates.authority import name, other_name

A1 = "2.16.76.1.2.1.16"
CPF, CNPJ = with_check_digits("123456789"), with_check_digits("12ABC3450001")
PEOPLE = (Usage.CLIENT_AUTH, Usage.EMAIL_PROTECTION)
PERSON = f"01021980{CPF}{'0' * 11}{'0' * 15}SSPMG"


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@cache
def a_key(number: int = 0, kind: str = "rsa") -> Any:
    """Keys are slow to make: each of these is made once."""
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    if kind == "p521":
        return ec.generate_private_key(ec.SECP521R1())
    return rsa.generate_private_key(65537, 2048)


def octets(text: str) -> bytes:
    return core.OctetString(text.encode()).dump()


def a_cpf_name(text: str = PERSON) -> list[x509.GeneralName]:
    return [other_name("2.16.76.1.3.1", octets(text))]


def a_cnpj_name(cnpj: str = CNPJ) -> list[x509.GeneralName]:
    return [
        other_name("2.16.76.1.3.2", octets("ANA SOUZA")),
        other_name("2.16.76.1.3.3", octets(cnpj)),
        other_name("2.16.76.1.3.4", octets(PERSON)),
    ]


def key_usage(*, ca: bool, **changes: bool) -> x509.KeyUsage:
    usage = {
        "digital_signature": not ca, "content_commitment": not ca, "key_encipherment": not ca,
        "data_encipherment": False, "key_agreement": False, "key_cert_sign": ca, "crl_sign": ca,
        "encipher_only": False, "decipher_only": False,
    }  # fmt: skip
    return x509.KeyUsage(**{**usage, **changes})


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


@dataclass
class Made:
    """A certificate with its key, and whoever issued it (itself, for a root)."""

    certificate: x509.Certificate
    key: Any
    issuer: "Made | None" = None

    @property
    def der(self) -> bytes:
        return der(self.certificate)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def sha256(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def hash(self) -> Any:
        return None if isinstance(self.key, ed448.Ed448PrivateKey) else hashes.SHA256()


def make(
    subject: str,
    *,
    issuer: Made | None = None,
    key: Any = None,
    days: tuple[int, int] = (-100, 265),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Made:
    """A certificate with just these extensions."""
    key = key or a_key()
    at = now()
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issuer.certificate.subject if issuer else name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at + timedelta(days=days[0]))
        .not_valid_after(at + timedelta(days=days[1]))
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    digest = None if isinstance(signer, ed448.Ed448PrivateKey) else hashes.SHA256()
    return Made(builder.sign(signer, digest), key, issuer)


def _ids(key: Any, issuer: Made | None) -> list[tuple[x509.ExtensionType, bool]]:
    above = issuer.key if issuer else key
    return [
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), False),
    ]


def _addresses(lists: str, responder: str, issuers: str) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if lists:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
        found.append((x509.CRLDistributionPoints([point]), False))
    access = [(Access.OCSP, responder), (Access.CA_ISSUERS, issuers)]
    given = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, url in access
        if url
    ]
    if given:
        found.append((x509.AuthorityInformationAccess(given), False))
    return found


def an_authority(
    subject: str = "AC Raiz de Teste",
    *,
    issuer: Made | None = None,
    key: Any = None,
    days: tuple[int, int] = (-3000, 3000),
    path_length: int | None = None,
    ca: bool = True,
    may_sign: bool = True,
    lists: str = "",
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Made:
    key = key or a_key(1 if issuer else 0)
    extensions = [
        (x509.BasicConstraints(ca=ca, path_length=path_length if ca else None), True),
        (key_usage(ca=True, key_cert_sign=may_sign), True),
        *_ids(key, issuer),
        *_addresses(lists, "", ""),
        *more,
    ]
    return make(subject, issuer=issuer, key=key, days=days, extensions=extensions)


def a_person(
    issuer: Made,
    *,
    subject: str = "ANA SOUZA:12345678909",
    names: list[x509.GeneralName] | None = None,
    policy: str = A1,
    extended: Sequence[x509.ObjectIdentifier] | None = PEOPLE,
    usage: x509.KeyUsage | None = None,
    days: tuple[int, int] = (-100, 265),
    lists: str = "",
    responder: str = "",
    issuers: str = "",
    key: Any = None,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Made:
    """An e-CPF unless ``names`` say otherwise."""
    key = key or a_key(2)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage or key_usage(ca=False), True),
        *_ids(key, issuer),
        *_addresses(lists, responder, issuers),
        *more,
    ]
    names = a_cpf_name() if names is None else names
    if names:
        extensions.append((x509.SubjectAlternativeName(names), False))
    if policy:
        info = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
        extensions.append((x509.CertificatePolicies([info]), False))
    if extended is not None:
        extensions.append((x509.ExtendedKeyUsage(list(extended)), False))
    return make(subject, issuer=issuer, key=key, days=days, extensions=extensions)


def a_list(
    issuer: Made,
    *revoked: x509.Certificate,
    at: datetime | None = None,
    issued: timedelta = timedelta(hours=-1),
    life: timedelta = timedelta(hours=24),
    revoked_for: timedelta = timedelta(hours=2),
    reason: x509.ReasonFlags | None = None,
    signed_by: Any = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """A CRL's DER. ``revoked_for``: how long ago, from ``at``, the certificates were revoked."""
    at = at or now()
    start = at + issued
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(start)
        .next_update(start + life)
        .add_extension(x509.CRLNumber(int(start.timestamp())), critical=False)
    )
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
        entry = entry.revocation_date(at - revoked_for)
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    signed = builder.sign(signed_by or issuer.key, issuer.hash())
    return signed.public_bytes(Encoding.DER)


@dataclass
class Responder:
    """An OCSP responder of an authority: ``answer(request)`` gives the response's DER."""

    issuer: Made
    known: dict[int, x509.Certificate] = field(default_factory=dict)
    revoked: dict[int, datetime] = field(default_factory=dict)
    delegate: Made | None = None
    signing_key: Any = None
    issued: timedelta = timedelta(minutes=-1)
    life: timedelta | None = timedelta(hours=1)
    nonce: bytes | None = None
    with_nonce: bool = True

    def answer(self, request: bytes) -> bytes:
        asked = ocsp.load_der_ocsp_request(request)
        certificate = self.known[asked.serial_number]
        at = now() + self.issued
        revoked_at = self.revoked.get(asked.serial_number)
        status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
        signer = self.delegate or self.issuer
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate, issuer=self.issuer.certificate, algorithm=hashes.SHA1(),
            cert_status=status, this_update=at,
            next_update=at + self.life if self.life else None,
            revocation_time=revoked_at, revocation_reason=None,
        ).responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)  # fmt: skip
        if self.delegate:
            builder = builder.certificates([self.delegate.certificate])
        if self.with_nonce:
            [nonce] = [e.value.nonce for e in asked.extensions]
            builder = builder.add_extension(x509.OCSPNonce(self.nonce or nonce), critical=False)
        response = builder.sign(self.signing_key or signer.key, hashes.SHA256())
        return response.public_bytes(Encoding.DER)
