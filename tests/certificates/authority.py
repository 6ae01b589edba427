"""Certificates and PFX files of every kind, sound and unsound, for the tests."""

import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from certificates.icp.pkcs12 import derive
from certificates.signatures.cms import tlv
from tests.factories import a_cnpj, a_cpf

PASSWORD = "Senha-2026"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
EMAIL_PROTECTION = ExtendedKeyUsageOID.EMAIL_PROTECTION
OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING
A1, A3, SEAL = "2.16.76.1.2.1.9999", "2.16.76.1.2.3.9999", "2.16.76.1.2.201.9999"


def name(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ICP-Brasil"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def other_name(oid: str, der: bytes) -> x509.OtherName:
    return x509.OtherName(x509.ObjectIdentifier(oid), der)


def certificate(
    *,
    key: rsa.RSAPrivateKey = KEY,
    subject: str = "SERVICOS DO ESTADO SA:12345678000195",
    issuer: str = "AC Teste",
    issuer_key: rsa.RSAPrivateKey | None = None,
    start: int = -10,
    end: int = 300,
    names: list[x509.GeneralName] | None = None,
    ca: bool = False,
) -> x509.Certificate:
    """``start`` and ``end`` in days from now. Self-signed by its key unless ``issuer_key``."""
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=start))
        .not_valid_after(now + timedelta(days=end))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca, content_commitment=not ca, key_encipherment=not ca,
                key_cert_sign=ca, crl_sign=ca, **usage,
            ),
            critical=True,
        )
    )  # fmt: skip
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


@cache
def a_key(label: str) -> rsa.RSAPrivateKey:
    """A key of its own for each label, made once."""
    return rsa.generate_private_key(65537, 2048)


def der(made: x509.Certificate) -> bytes:
    return made.public_bytes(Encoding.DER)


def pem(*made: x509.Certificate) -> bytes:
    return b"".join(c.public_bytes(Encoding.PEM) for c in made)


def attribute(
    cpf: str, *, birth: str = "31121975", nis: str = "0" * 11, rg: str = "0" * 15, tail: str = ""
) -> str:
    """The fixed-width text of a person's or responsible person's otherName."""
    return birth + cpf + nis + rg + tail


def person_names(cpf: str = "", *, tag: int = 0x04, **fields: str) -> list[x509.GeneralName]:
    """An e-CPF's subjectAltName; ``fields`` as in ``attribute``."""
    text = attribute(cpf or a_cpf(), **{"tail": "SSPMG", **fields})
    return [
        x509.RFC822Name("pessoa@exemplo.com.br"),
        other_name("2.16.76.1.3.1", tlv(tag, text.encode())),
        other_name("2.16.76.1.3.5", tlv(tag, b"0" * 19 + b" " * 22)),
        other_name("2.16.76.1.3.6", tlv(tag, b"0" * 12)),
    ]


def full_company_names(
    cnpj: str = "", cpf: str = "", *, responsible: str = "JOSÉ DA SILVA", tag: int = 0x04
) -> list[x509.GeneralName]:
    """An e-CNPJ's (or seal's) whole subjectAltName, with its responsible person."""
    text = attribute(cpf or a_cpf(), tail="SSPMG")
    return [
        *company_names(cnpj),
        other_name("2.16.76.1.3.2", tlv(tag, responsible.encode())),
        other_name("2.16.76.1.3.4", tlv(tag, text.encode())),
        other_name("2.16.76.1.3.7", tlv(tag, b"0" * 12)),
    ]


@dataclass(frozen=True)
class Authority:
    """A certification authority that issues whatever a test asks for.

    ``Authority.root()`` starts one, ``.under(name)`` makes an intermediate, ``.issue(…)`` a leaf.
    """

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def root(
        cls, subject: str = "AC Raiz Teste", *, key: rsa.RSAPrivateKey | None = None,
        start: int = -3650, end: int = 3650,
    ) -> "Authority":  # fmt: skip
        key = key or a_key(subject)
        return cls(_sign(subject, key, None, start=start, end=end, ca=True), key)

    def under(
        self, subject: str = "AC Teste", *, key: rsa.RSAPrivateKey | None = None,
        start: int = -3000, end: int = 3000, **choices: object,
    ) -> "Authority":  # fmt: skip
        """An intermediate below this authority; ``choices`` as in ``issue``."""
        key = key or a_key(subject)
        made = _sign(subject, key, self, start=start, end=end, ca=True, **choices)  # type: ignore[arg-type]
        return Authority(made, key)

    def issue(
        self, names: Sequence[x509.GeneralName] | None = None, *,
        subject: str = "PESSOA DE TESTE", key: rsa.RSAPrivateKey = KEY,
        start: int = -10, end: int = 300,
        ekus: Sequence[x509.ObjectIdentifier] = (CLIENT_AUTH, EMAIL_PROTECTION),
        policies: Sequence[str] = (A1,), **choices: object,
    ) -> x509.Certificate:  # fmt: skip
        """A leaf, of a person unless ``names`` says otherwise (``[]``: no subjectAltName).

        ``start`` and ``end`` in days from now. ``choices``: ``ca``, ``ocsp``, ``issuers`` and
        ``crls`` (lists of URLs), ``critical`` (names among ``eku policy san``), ``extra``
        (extensions with their criticality), ``usage`` (key usages that hold), ``serial``.
        """
        return _sign(
            subject, key, self, start=start, end=end,
            names=person_names() if names is None else names, ekus=ekus, policies=policies,
            **choices,  # type: ignore[arg-type]
        )  # fmt: skip

    def crl(
        self, revoked: Iterable[x509.Certificate | int] = (), *, start: float = -1, end: float = 7,
        reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
        key: rsa.RSAPrivateKey | None = None,
    ) -> bytes:  # fmt: skip
        """DER; ``start`` and ``end`` (nextUpdate) in days from now."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now + timedelta(days=start))
            .next_update(now + timedelta(days=end))
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        for one in revoked:
            row = (
                x509.RevokedCertificateBuilder()
                .serial_number(one if isinstance(one, int) else one.serial_number)
                .revocation_date(now - timedelta(days=1))
                .add_extension(x509.CRLReason(reason), critical=False)
            )
            builder = builder.add_revoked_certificate(row.build())
        return builder.sign(key or self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(
        self, leaf: x509.Certificate, *, status: str = "GOOD", start: float = -0.1, end: float = 1,
        key: rsa.RSAPrivateKey | None = None, responder: x509.Certificate | None = None,
    ) -> bytes:  # fmt: skip
        """A response (DER) about ``leaf``; ``status`` is GOOD, REVOKED or UNKNOWN.

        ``responder``, with its ``key``, answers for the authority (give it OCSP_SIGNING).
        """
        now = datetime.now(UTC)
        is_revoked = status == "REVOKED"
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=leaf, issuer=self.certificate, algorithm=hashes.SHA1(),
            cert_status=ocsp.OCSPCertStatus[status],
            this_update=now + timedelta(days=start), next_update=now + timedelta(days=end),
            revocation_time=now - timedelta(days=1) if is_revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if is_revoked else None,
        ).responder_id(ocsp.OCSPResponderEncoding.NAME, responder or self.certificate)  # fmt: skip
        if responder:
            builder = builder.certificates([responder])
        return builder.sign(key or self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _sign(
    subject: str, key: rsa.RSAPrivateKey, issuer: Authority | None, *,
    start: int, end: int, ca: bool = False, names: Sequence[x509.GeneralName] = (),
    ekus: Sequence[x509.ObjectIdentifier] = (), policies: Sequence[str] = (),
    ocsp: Sequence[str] = (), issuers: Sequence[str] = (), crls: Sequence[str] = (),
    critical: Collection[str] = (), extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    usage: Collection[str] | None = None, serial: int = 0,
) -> x509.Certificate:  # fmt: skip
    now = datetime.now(UTC)
    above = issuer.key if issuer else key
    if usage is None:
        usage = (
            ("key_cert_sign", "crl_sign")
            if ca
            else ("digital_signature", "content_commitment", "key_encipherment")
        )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issuer.certificate.subject if issuer else name(subject))
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(now + timedelta(days=start))
        .not_valid_after(now + timedelta(days=end))
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=ca, path_length=None), True),
        (x509.KeyUsage(**{use: use in usage for use in _USAGES}), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), False),
    ]
    if ekus:
        extensions.append((x509.ExtendedKeyUsage(ekus), "eku" in critical))
    if policies:
        listed = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in policies]
        extensions.append((x509.CertificatePolicies(listed), "policy" in critical))
    if names:
        extensions.append((x509.SubjectAlternativeName(names), "san" in critical))
    places = [(AuthorityInformationAccessOID.OCSP, url) for url in ocsp]
    places += [(AuthorityInformationAccessOID.CA_ISSUERS, url) for url in issuers]
    if places:
        access = [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
            for method, url in places
        ]
        extensions.append((x509.AuthorityInformationAccess(access), False))
    if crls:
        points = [
            x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
            for url in crls
        ]
        extensions.append((x509.CRLDistributionPoints(points), False))
    for extension, is_critical in [*extensions, *extra]:
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(above, hashes.SHA256())


_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def company_names(cnpj: str = "") -> list[x509.GeneralName]:
    cnpj = cnpj or a_cnpj()
    return [
        x509.RFC822Name("fiscal@exemplo.com.br"),
        other_name("2.16.76.1.3.3", tlv(0x04, cnpj.encode())),
    ]


def pfx(
    *,
    password: str = PASSWORD,
    key: rsa.RSAPrivateKey | None = KEY,
    leaf: x509.Certificate | None = None,
    others: list[x509.Certificate] | None = None,
    encryption: object = None,
) -> bytes:
    secret = password.encode()
    return pkcs12.serialize_key_and_certificates(
        b"operador",
        key,
        leaf,
        others,
        encryption or BestAvailableEncryption(secret),  # type: ignore[arg-type]
    )


def legacy(password: str) -> object:
    """3DES and SHA-1, as Windows and older programs write."""
    return (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(password.encode())
    )


def with_explicit_false(good: x509.Certificate, key: rsa.RSAPrivateKey = KEY) -> bytes:
    """The certificate with ``critical FALSE`` spelt out in an extension, which DER forbids.

    ``key`` is its authority's.
    """
    parsed = asn1_x509.Certificate.load(good.public_bytes(Encoding.DER))
    tbs = parsed["tbs_certificate"]
    extensions = [e.dump() for e in tbs["extensions"] if e["extn_id"].native != "key_identifier"]
    spelt = tlv(0x30, b"\x06\x03\x55\x1d\x0e", b"\x01\x01\x00", tlv(0x04, tlv(0x04, b"\x01" * 20)))
    head = [
        tbs[f].dump()
        for f in (
            "version", "serial_number", "signature", "issuer", "validity", "subject",
            "subject_public_key_info",
        )
    ]  # fmt: skip
    body = tlv(0x30, *head, tlv(0xA3, tlv(0x30, *extensions, spelt)))
    signature = key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    return tlv(0x30, body, parsed["signature_algorithm"].dump(), tlv(0x03, b"\0", signature))


def raw_pfx(
    keys: Sequence[rsa.RSAPrivateKey], certificates: Sequence[bytes], password: str = PASSWORD,
    *, rounds: int = 2, said_rounds: int = 0,
) -> bytes:  # fmt: skip
    """A PFX of any keys and any bytes as certificates, protected by its MAC alone (SHA-1).

    ``said_rounds`` is written in place of the real number of rounds.
    """
    data_oid, bag, x509_oid = (
        "1.2.840.113549.1.7.1",
        "1.2.840.113549.1.12.10.1.",
        "1.2.840.113549.1.9.22.1",
    )

    def tagged(oid: str, value: bytes) -> bytes:
        return tlv(0x30, core.ObjectIdentifier(oid).dump(), tlv(0xA0, value))

    bags = [
        tagged(bag + "1", k.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        for k in keys
    ]
    bags += [tagged(bag + "3", tagged(x509_oid, tlv(0x04, held))) for held in certificates]
    safe = tlv(0x30, tagged(data_oid, tlv(0x04, tlv(0x30, *bags))))
    salt = b"12345678"
    mac_key = derive(password, salt, rounds, purpose=3, size=20)
    mac = hmac.digest(mac_key, safe, "sha1")
    sha1 = tlv(0x30, core.ObjectIdentifier("1.3.14.3.2.26").dump(), b"\x05\x00")
    counted = core.Integer(said_rounds or rounds).dump()
    mac_data = tlv(0x30, tlv(0x30, sha1, tlv(0x04, mac)), tlv(0x04, salt), counted)
    return tlv(0x30, b"\x02\x01\x03", tagged(data_oid, tlv(0x04, safe)), mac_data)


def pem_key(key: rsa.RSAPrivateKey = KEY) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
