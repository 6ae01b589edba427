"""The demonstration's own certification authority: a root, an intermediate, an operator's A1.

It lives in ``VAR_DIR/demo-ca`` and looks like ICP-Brasil to programs, never to people: every name
says that it is a demonstration. Nothing signed with it is trusted unless ``settings.DEMO``.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from certificates.icp.identity import COMPANY_CNPJ, RESPONSIBLE, RESPONSIBLE_NAME
from portal.taxid import with_check_digits

ORGANISATION = "Demonstração sem valor legal"
ROOT_NAME = "Autoridade Raiz de Demonstração"
ISSUER_NAME = "AC de Demonstração"
PASSWORD = "demonstracao"  # noqa: S105 - protects nothing: the key is worth nothing
DEFAULT_OPERATOR = "Operador de Demonstração"
DEFAULT_CNPJ = with_check_digits("000000010001")
# 2.16.76.1.2.1 are the A1 policies; this number was given to nobody.
A1_POLICY = "2.16.76.1.2.1.9999"
COMPANY_CEI = "2.16.76.1.3.7"
_RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Authority:
    """A certificate that issues others, and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


@dataclass(frozen=True)
class DemoCA:
    root: Authority
    issuer: Authority

    @property
    def chain(self) -> list[x509.Certificate]:
        """What goes with a certificate issued here, the root last."""
        return [self.issuer.certificate, self.root.certificate]


def is_demo(certificate: asn1_x509.Certificate) -> bool:
    """Whether a demonstration, this machine's or another's, issued the certificate."""
    return bool(certificate.issuer.native.get("organization_name") == ORGANISATION)


def root_pem() -> bytes:
    """The root's certificate, to be trusted in the demonstration alone."""
    return demo_ca().root.certificate.public_bytes(Encoding.PEM)


def folder() -> Path:
    return Path(settings.VAR_DIR) / "demo-ca"


@contextmanager
def _locked() -> Iterator[Path]:
    """One process at a time makes what is missing."""
    path = folder()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def _write(path: Path, data: bytes) -> None:
    """All or nothing, readable by the owner alone."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(data)
    new.replace(path)


def demo_ca() -> DemoCA:
    """The authority, made at first use."""
    with _locked() as path:
        return _demo_ca(path)


def _demo_ca(path: Path) -> DemoCA:
    root = _authority(path / "root.pem", ROOT_NAME, years=20)
    return DemoCA(root, _authority(path / "issuer.pem", ISSUER_NAME, years=10, issuer=root))


def _authority(path: Path, name: str, *, years: int, issuer: Authority | None = None) -> Authority:
    if path.exists():
        pem = path.read_bytes()
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{path.name} does not hold an RSA key")
        return Authority(x509.load_pem_x509_certificate(pem), key)
    key = rsa.generate_private_key(65537, 2048)
    subject = _name(name)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Documents of past months are signed in the demonstration too.
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(
            x509.BasicConstraints(ca=True, path_length=0 if issuer else 1), critical=True
        )
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(path, pem + certificate.public_bytes(Encoding.PEM))
    return Authority(certificate, key)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca, content_commitment=not ca, key_encipherment=not ca,
        data_encipherment=False, key_agreement=False, key_cert_sign=ca, crl_sign=ca,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def company_names(
    *, cnpj: str, responsible: str, cpf: str, birth: str = "01011980"
) -> dict[str, str]:
    """The otherNames of an e-CNPJ, fixed width as DOC-ICP-04 wants; ``birth`` is ddmmaaaa."""
    person = birth + cpf + "0" * 11 + "0" * 15 + " " * 6
    return {
        RESPONSIBLE: person,
        RESPONSIBLE_NAME: responsible,
        COMPANY_CNPJ: cnpj,
        COMPANY_CEI: "0" * 12,
    }


def issue(
    public_key: rsa.RSAPublicKey,
    *,
    common_name: str,
    names: dict[str, str],
    email: str,
    not_before: datetime,
    not_after: datetime,
    policy: str = A1_POLICY,
) -> x509.Certificate:
    """A certificate of a person or company, under the intermediate. ``names``: OID to text."""
    ca = demo_ca()
    others = [
        x509.OtherName(x509.ObjectIdentifier(oid), core.OctetString(text.encode()).dump())
        for oid, text in names.items()
    ]
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(ca.issuer.certificate.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]
            ),
            critical=False,
        )
        .add_extension(
            x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(policy), None)]),
            critical=False,
        )
        .add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name(email), *others]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.issuer.key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .sign(ca.issuer.key, hashes.SHA256())
    )


def operator_pfx(*, name: str = DEFAULT_OPERATOR, cnpj: str = DEFAULT_CNPJ) -> tuple[bytes, str]:
    """The operator's demonstration A1 as a PFX, and its password. Made again before it expires."""
    demo_ca()
    with _locked() as path:
        file = path / f"operator-{cnpj}.pfx"
        if file.exists():
            data = file.read_bytes()
            held = pkcs12.load_pkcs12(data, PASSWORD.encode()).cert
            if held and held.certificate.not_valid_after_utc - datetime.now(UTC) > _RENEW_BEFORE:
                return data, PASSWORD
    data = _make_operator_pfx(name, cnpj)
    with _locked():
        _write(file, data)
    return data, PASSWORD


def _make_operator_pfx(name: str, cnpj: str) -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    certificate = issue(
        key.public_key(),
        common_name=f"{name[:49]}:{cnpj}",
        names=company_names(
            cnpj=cnpj, responsible="Pessoa de Demonstração", cpf=with_check_digits("000000001")
        ),
        email="demonstracao@exemplo.com.br",
        # An A1 lives a year; this one also covers the past months of the demonstration.
        not_before=now - timedelta(days=730),
        not_after=now + timedelta(days=365),
    )
    return pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, demo_ca().chain, BestAvailableEncryption(PASSWORD.encode())
    )
