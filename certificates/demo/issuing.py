"""The demonstration's authority behind the interface of ``certificates.issuing``.

It issues at once. What it issued is kept in files beside its keys: asked again, it gives the same.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from certificates.demo.authority import (
    A1_POLICY,
    A3_POLICY,
    company_names,
    demo_ca,
    folder,
    issue,
    locked,
    name_with_number,
    person_names,
    write,
)
from certificates.demo.revocation import revoke
from certificates.icp import Kind
from certificates.issuing import (
    AuthorityDown,
    Failed,
    Issued,
    IssueOrder,
    IssueState,
    Medium,
    Refused,
    RevocationReason,
    Subject,
)
from certificates.issuing.requests import read_request
from portal import sandbox

# Years that DOC-ICP-04 allows, and the policy of each.
_MOST_YEARS = {Medium.A1: 1, Medium.A3: 5}
_POLICIES = {Medium.A1: A1_POLICY, Medium.A3: A3_POLICY}
_EARLIER = timedelta(minutes=5)  # clocks differ
_FOLDER = "emitidos"


class DemoIssuing:
    """Issues with the demonstration's keys. It asks for no proof: the order was checked before."""

    def submit(self, order: IssueOrder, csr: bytes, proof: bytes | None) -> str:  # noqa: ARG002 - see above
        """See ``CertificateAuthority``."""
        try:
            read_request(csr)
        except sandbox.Busy as error:
            raise AuthorityDown(" ".join(error.messages)) from error
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from error
        if not 1 <= order.years <= _MOST_YEARS[order.medium]:
            raise Refused(
                _("A certificate %(medium)s of %(years)s years is not issued.")
                % {"medium": order.medium.value, "years": order.years}
            )
        ref = _reference(order, csr)
        if not _file(ref).exists():
            _keep(ref, _issued(order, csr, now=datetime.now(UTC)))
        return ref

    def poll(self, ref: str, order: IssueOrder, csr: bytes) -> IssueState:
        """See ``CertificateAuthority``."""
        file = _file(_reference(order, csr))
        if file.stem != ref or not file.exists():
            return Failed(_("The demonstration's authority knows no such request."))
        chain = x509.load_pem_x509_certificates(file.read_bytes())
        return Issued(tuple(one.public_bytes(Encoding.DER) for one in chain))

    def revoke(self, serial: str, reason: RevocationReason) -> None:
        """Put it on the revocation list."""
        revoke(int(serial, 16), at=datetime.now(UTC), reason=reason)

    def chain(self) -> tuple[bytes, ...]:
        """The intermediate and the root."""
        return tuple(one.public_bytes(Encoding.DER) for one in demo_ca().chain)


def _reference(order: IssueOrder, csr: bytes) -> str:
    return hashlib.sha256(order.reference.encode() + b"\0" + csr).hexdigest()


def _file(ref: str) -> Path:
    return folder() / _FOLDER / f"{ref}.pem"


def _keep(ref: str, chain: list[x509.Certificate]) -> None:
    """Of two that ask at once the first one's certificate stays; the other one's nobody gets."""
    with locked():
        file = _file(ref)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if not file.exists():
            write(file, b"".join(one.public_bytes(Encoding.PEM) for one in chain))


def _issued(order: IssueOrder, csr: bytes, *, now: datetime) -> list[x509.Certificate]:
    """The certificate and those above it. Its end is never past the issuer's own."""
    ca, subject = demo_ca(), order.subject
    key = x509.load_der_x509_csr(csr).public_key()
    if not isinstance(key, RSAPublicKey):  # ``read_request`` took no other
        raise TypeError
    leaf = issue(
        key, common_name=_common_name(subject), names=_names(subject), email=subject.email,
        not_before=now - _EARLIER,
        not_after=min(_years_after(now, order.years), ca.issuer.certificate.not_valid_after_utc),
        policy=_POLICIES[order.medium],
    )  # fmt: skip
    return [leaf, *ca.chain]


def _common_name(subject: Subject) -> str:
    if subject.kind == Kind.E_CNPJ:
        return name_with_number(subject.company_name, subject.cnpj)
    return name_with_number(subject.name, subject.cpf)


def _names(subject: Subject) -> dict[str, str]:
    birth = f"{subject.born_on:%d%m%Y}" if subject.born_on else "0" * 8
    if subject.kind == Kind.E_CNPJ:
        return company_names(
            cnpj=subject.cnpj, responsible=subject.name.upper(), cpf=subject.cpf, birth=birth
        )
    return person_names(subject.cpf, birth=birth)


def _years_after(moment: datetime, years: int) -> datetime:
    """The same day so many years later; of 29 February the 28th."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
