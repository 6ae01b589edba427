"""Powers of attorney for tests, with certificates of the demonstration's authority: see ``demo_signer``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone

from certificates.demo.authority import (
    A1_POLICY,
    SEAL_POLICY,
    company_names,
    demo_ca,
    issue,
    person_names,
)
from certificates.icp import CertificateRecord, read_uploaded_certificate
from certificates.services.known import keep_certificate
from certificates.signatures.signing import Signer, sign_detached
from portal.accounts.models import Company, Grant, Unit, User
from portal.accounts.opening import Means, Opening
from proxies.powers.models import Power
from proxies.powers.services import drafting, granting, life
from proxies.powers.services.terms import Terms
from tests.factories import Cast

ONE_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Held:
    """A certificate of the demonstration's authority, with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def record(self) -> CertificateRecord:
        return read_uploaded_certificate(self.certificate.public_bytes(Encoding.DER))

    def sign(self, data: bytes, *, at: datetime | None = None) -> bytes:
        """A detached signature of ``data``, as a program outside of the portal makes it."""
        der = self.certificate.public_bytes(Encoding.DER)
        chain = tuple(
            asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in demo_ca().chain
        )
        signer = Signer(asn1_x509.Certificate.load(der), chain, self.key, is_demo=True)
        return sign_detached(data, signer, at=at or timezone.now())


@cache
def a_key() -> rsa.RSAPrivateKey:
    """Slow to make, and worth nothing: one serves for all."""
    return rsa.generate_private_key(65537, 2048)


def an_e_cnpj(cnpj: str, responsible: User, *, policy: str = A1_POLICY, name: str = "") -> Held:
    names = company_names(
        cnpj=cnpj, responsible=responsible.name.upper(), cpf=responsible.cpf or ""
    )
    return _held(f"{name or 'EMPRESA B LTDA'}:{cnpj}", names, policy)


def a_seal(cnpj: str, responsible: User) -> Held:
    return an_e_cnpj(cnpj, responsible, policy=SEAL_POLICY)


def an_e_cpf(person: User) -> Held:
    return _held(f"{person.name.upper()}:{person.cpf}", person_names(person.cpf or ""), A1_POLICY)


def _held(common_name: str, names: dict[str, str], policy: str) -> Held:
    now = datetime.now(UTC)
    made = issue(
        a_key().public_key(), common_name=common_name, names=names, email="a@exemplo.com.br",
        not_before=now - ONE_YEAR, not_after=now + ONE_YEAR, policy=policy,
    )  # fmt: skip
    return Held(made, a_key())


def in_session(person: User, held: Held | None = None) -> User:
    """The person as a session has them: opened by this certificate, or by a password."""
    user = User.objects.get(pk=person.pk)
    if held is None:
        user.set_login_method(Opening(Means.PASSWORD))
        return user
    said = held.record
    keep_certificate(said, at=timezone.now())
    user.set_login_method(
        Opening(
            Means.E_CNPJ if said.cnpj else Means.E_CPF, said.cnpj,
            said.name if said.cnpj else "", said.sha256, said.not_after,
        )
    )  # fmt: skip
    return user


def with_e_cnpj(person: User, cnpj: str) -> User:
    """In a session that an e-CNPJ of this CNPJ opened, for which the person answers."""
    return in_session(person, an_e_cnpj(cnpj, person))


def with_e_cpf(person: User) -> User:
    return in_session(person, an_e_cpf(person))


def terms_for(
    grantee: User, company: Company, *, units: Iterable[Unit] = (), **values: Any
) -> Terms:
    """To consult and operate the invoices, from today on for a year."""
    today = timezone.localdate()
    given: dict[str, Any] = {
        "grantee_cpf": grantee.cpf, "grantee_name": grantee.name,
        "grantee_email": grantee.email or "", "services": ["invoices"],
        "level": Grant.Level.OPERATE, "starts_on": today, "ends_on": today + ONE_YEAR,
    }  # fmt: skip
    return Terms(company=company, units=list(units), **(given | values))


def make_draft_power(
    cast: Cast, *, by: User | None = None, grantee: User | None = None, at: datetime | None = None,
    **values: Any,
) -> Power:  # fmt: skip
    """A draft of company B, by Bruno with its e-CNPJ, for Carla."""
    by = by or with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    terms = terms_for(grantee or cast.carla, values.pop("company", cast.company_b), **values)
    return drafting.draft(terms, by=by, at=at or timezone.now())


def make_power(
    cast: Cast, *, by: User | None = None, at: datetime | None = None, **values: Any
) -> Power:
    """One that waits for Carla."""
    by, at = by or with_e_cnpj(cast.bruno, cast.company_b.tax_id), at or timezone.now()
    power = make_draft_power(cast, by=by, at=at, **values)
    granting.confirm(power, by=by, at=at)
    return power


def make_accepted(cast: Cast, *, at: datetime | None = None, **values: Any) -> Power:
    """One that Carla has accepted with her e-CPF."""
    at = at or timezone.now()
    grantee = values.get("grantee") or cast.carla
    power = make_power(cast, at=at, **values)
    life.accept(power, by=with_e_cpf(grantee), at=at)
    return power


def days(number: int, start: date | None = None) -> date:
    """A day so many days from ``start`` (today)."""
    return (start or timezone.localdate()) + timedelta(days=number)
