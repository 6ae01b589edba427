"""Certificates and PFX files of every kind, sound and unsound, for the tests."""

from datetime import UTC, datetime, timedelta

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
from cryptography.x509.oid import NameOID

from certificates.cms import tlv
from tests.factories import a_cnpj

PASSWORD = "Senha-2026"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


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
    """The certificate with ``critical FALSE`` spelt out in an extension, which DER forbids."""
    parsed = asn1_x509.Certificate.load(good.public_bytes(Encoding.DER))
    tbs = parsed["tbs_certificate"]
    extensions = [e.dump() for e in tbs["extensions"]]
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


def pem_key(key: rsa.RSAPrivateKey = KEY) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
