"""Gives the demonstration's people certificates in every state that the portal shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.demo.authority import A3_POLICY, SEAL_POLICY, company_names, issue, person_names
from certificates.demo.cast import DemoCertificate, one
from certificates.icp import CertificateRecord, read_certificate
from certificates.models import KnownCertificate
from certificates.services.known import Origin, record_use, upload
from certificates.services.revocations import note_revocations
from portal.accounts.models import Company, User


@dataclass(frozen=True)
class _Extra:
    """A certificate like that of ``of`` that ends in ``days`` from now."""

    of: str
    days: int
    policy: str


def remember_cast(*, at: datetime) -> int:
    """Through the product's own ways: logins, uploads; how many are known. Idempotent."""
    key = rsa.generate_private_key(65537, 2048)  # whose nobody keeps
    for slug in ("e-cpf", "e-cnpj", "e-cnpj-escritorio"):
        _login(one(slug), _read(one(slug)), at - timedelta(hours=20))
    if KnownCertificate.objects.exclude(uses__origin=Origin.SIGNING).count() > 3:
        return KnownCertificate.objects.count()
    _login(one("vencido"), _read(one("vencido")), at - timedelta(days=40))
    _login(one("revogado"), _read(one("revogado")), at - timedelta(days=2))
    # An older e-CNPJ of Aurora, renewed since; the office's seal and its people's tokens.
    _login(one("e-cnpj"), _made(_Extra("e-cnpj", 12, A3_POLICY), key, at), at - timedelta(days=15))
    _login(
        one("e-cnpj-escritorio"), _made(_Extra("e-cnpj-escritorio", -3, A3_POLICY), key, at),
        at - timedelta(days=9),
    )  # fmt: skip
    _upload("selo", [_Extra("selo", 23, SEAL_POLICY)], key, at)
    _upload("e-cnpj-escritorio", [_Extra("e-cnpj-escritorio", 6, SEAL_POLICY)], key, at)
    # The files may have been made, and one of them revoked, a moment after ``at``.
    note_revocations(at=at + timedelta(minutes=10), ask=False)
    return KnownCertificate.objects.count()


def _read(certificate: DemoCertificate) -> CertificateRecord:
    return read_certificate(certificate.public_path.read_bytes())


def _made(extra: _Extra, key: rsa.RSAPrivateKey, at: datetime) -> CertificateRecord:
    """Issued a year before its end; nobody has its key any more."""
    of, end = one(extra.of), at + timedelta(days=extra.days)
    names = (
        company_names(cnpj=of.cnpj, responsible=of.name.upper(), cpf=of.cpf)
        if of.cnpj
        else person_names(of.cpf)
    )
    certificate = issue(
        key.public_key(), common_name=of.common_name, names=names,
        email=f"{of.slug}@exemplo.com.br", not_before=end - timedelta(days=365), not_after=end,
        policy=extra.policy,
    )  # fmt: skip
    return read_certificate(certificate.public_bytes(Encoding.DER))


def _login(of: DemoCertificate, record: CertificateRecord, at: datetime) -> None:
    user = User.objects.filter(cpf=of.cpf).first()
    record_use(record, origin=Origin.LOGIN, user=user, at=at)


def _upload(slug: str, extras: Iterable[_Extra], key: rsa.RSAPrivateKey, at: datetime) -> None:
    of = one(slug)
    user = User.objects.filter(cpf=of.cpf).first()
    company = Company.objects.filter(tax_id=of.cnpj).first()
    for extra in extras:
        if user:
            upload(_made(extra, key, at), company=company, by=user, at=at)
