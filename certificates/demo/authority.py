"""The demonstration's own certification authority: a root, an intermediate, what they issue.

It lives in ``VAR_DIR/demo-ca`` and looks like ICP-Brasil to programs, never to people: every name
says that it is a demonstration. It is trusted only where ``certificates.demo`` is installed, which
the settings do with ``DEMO`` alone.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from asn1crypto import core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from certificates.icp.demonstration import ORGANISATION
from certificates.icp.identity import COMPANY_CNPJ, PERSON, RESPONSIBLE, RESPONSIBLE_NAME

ROOT_NAME = "Autoridade Raiz de Demonstração"
ISSUER_NAME = "AC de Demonstração"
PASSWORD = "demonstracao"  # noqa: S105 - protects nothing: the key is worth nothing
# 2.16.76.1.2.1 are the A1 policies, .3 the A3; this number was given to nobody.
A1_POLICY, A3_POLICY = "2.16.76.1.2.1.9999", "2.16.76.1.2.3.9999"
SEAL_POLICY = "2.16.76.1.2.201.9999"
VOTER, PERSON_CEI, COMPANY_CEI = "2.16.76.1.3.5", "2.16.76.1.3.6", "2.16.76.1.3.7"
PEOPLE = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION)
RENEW_BEFORE = timedelta(days=30)
_ROOT, _ISSUER = "root.pem", "issuer.pem"
_LONGEST_NAME = 64


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


def root_pem() -> bytes:
    """The root's certificate, to be trusted in the demonstration alone."""
    return demo_ca().root.certificate.public_bytes(Encoding.PEM)


def folder() -> Path:
    return Path(settings.VAR_DIR) / "demo-ca"


@contextmanager
def locked() -> Iterator[Path]:
    """One process at a time makes what is missing."""
    path = folder()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def write(path: Path, data: bytes) -> None:
    """All or nothing, readable by the owner alone."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(data)
    new.replace(path)


def demo_ca() -> DemoCA:
    """The authority, made at first use; its keys are loaded once per process."""
    with locked() as path:
        files = [path / _ROOT, path / _ISSUER]
        if not all(file.exists() for file in files):
            _make(path)
        return _load(path, tuple(file.stat().st_mtime_ns for file in files))


def _make(path: Path) -> None:
    root = _authority(path / _ROOT, ROOT_NAME, years=20)
    _authority(path / _ISSUER, ISSUER_NAME, years=10, issuer=root)


@lru_cache(maxsize=2)
def _load(path: Path, _changed: tuple[int, ...]) -> DemoCA:
    return DemoCA(_read(path / _ROOT), _read(path / _ISSUER))


def _read(path: Path) -> Authority:
    pem = path.read_bytes()
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path.name} does not hold an RSA key")
    return Authority(x509.load_pem_x509_certificate(pem), key)


def _authority(path: Path, name: str, *, years: int, issuer: Authority | None = None) -> Authority:
    if path.exists():
        return _read(path)
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
        .add_extension(_above(issuer.key if issuer else key), critical=False)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write(path, pem + certificate.public_bytes(Encoding.PEM))
    return Authority(certificate, key)


def _above(key: rsa.RSAPrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, _cut(common_name, _LONGEST_NAME)),
        ]
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca, content_commitment=not ca, key_encipherment=not ca,
        data_encipherment=False, key_agreement=False, key_cert_sign=ca, crl_sign=ca,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def name_with_number(name: str, number: str) -> str:
    """The CN as authorities write it, ``NAME:12345678909``; a long name is cut."""
    return f"{_cut(name.upper(), _LONGEST_NAME - 1 - len(number))}:{number}"


def _cut(text: str, size: int) -> str:
    """At most ``size`` bytes of it: cryptography counts a CN in bytes."""
    return text.encode()[:size].decode(errors="ignore")


def person_names(cpf: str, *, birth: str = "01011980") -> dict[str, str]:
    """The otherNames of an e-CPF, fixed width as DOC-ICP-04 wants; ``birth`` is ddmmaaaa."""
    return {
        PERSON: _person(cpf, birth),
        VOTER: "0" * 19 + " " * 22,
        PERSON_CEI: "0" * 12,
    }


def company_names(
    *, cnpj: str, responsible: str, cpf: str, birth: str = "01011980"
) -> dict[str, str]:
    """The otherNames of an e-CNPJ or seal; ``birth`` of the responsible person is ddmmaaaa."""
    return {
        RESPONSIBLE: _person(cpf, birth),
        RESPONSIBLE_NAME: responsible,
        COMPANY_CNPJ: cnpj,
        COMPANY_CEI: "0" * 12,
    }


def _person(cpf: str, birth: str) -> str:
    return birth + cpf + "0" * 11 + "0" * 15 + " " * 6


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
    """A certificate of a person or company, under the intermediate. ``names``: OID to text.

    An ``email`` that is empty, or not of ASCII (which RFC 822 names must be), is left out.
    """
    others = [
        x509.OtherName(x509.ObjectIdentifier(oid), core.OctetString(text.encode()).dump())
        for oid, text in names.items()
    ]
    emails = [x509.RFC822Name(email)] if email and email.isascii() else []
    return issue_under(
        demo_ca().issuer, public_key, common_name=common_name,
        names=[*emails, *others], not_before=not_before, not_after=not_after,
        usages=PEOPLE, policy=policy,
    )  # fmt: skip


def issue_under(
    issuer: Authority,
    public_key: rsa.RSAPublicKey,
    *,
    common_name: str,
    names: Sequence[x509.GeneralName],
    not_before: datetime,
    not_after: datetime,
    usages: Sequence[x509.ObjectIdentifier],
    policy: str = "",
) -> x509.Certificate:
    """Any leaf; ``names`` is its subjectAltName, ``usages`` its extended key usage.

    It says nowhere where to ask about revocation: see ``certificates.demo.crls``.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer.certificate.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_above(issuer.key), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    if policy:
        listed = [x509.PolicyInformation(x509.ObjectIdentifier(policy), None)]
        builder = builder.add_extension(x509.CertificatePolicies(listed), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def is_current(certificate: x509.Certificate) -> bool:
    """Whether this machine's authority issued it and it has a while to live."""
    try:
        certificate.verify_directly_issued_by(demo_ca().issuer.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return certificate.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE
