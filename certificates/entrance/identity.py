"""Reads from a certificate which person and company it opens a session for."""

from certificates.icp import CertificateRecord, Kind
from certificates.trust.verdict import Fault, Verdict
from portal.accounts.opening import CertificateIdentity, Means
from portal.taxid import is_cnpj, is_cpf

_MEANS = {Kind.E_CPF: Means.E_CPF, Kind.E_CNPJ: Means.E_CNPJ}


def faults_at_login(verdict: Verdict) -> tuple[Fault, ...]:
    """Why the certificate opens nothing; empty when ``identity_of`` may be asked.

    Besides the verdict's own: only an e-CPF or e-CNPJ logs in, and it must name a person.
    """
    record = verdict.record
    if verdict.faults or record is None:
        return verdict.faults or (Fault.UNREADABLE,)
    if record.kind not in _MEANS:
        return (Fault.SERVER_CERTIFICATE if record.kind is Kind.SERVER else Fault.WRONG_PURPOSE,)
    return () if _names_a_person(record) else (Fault.NO_IDENTITY,)


def _names_a_person(record: CertificateRecord) -> bool:
    company = record.kind is Kind.E_CNPJ
    return (
        record.person is not None and is_cpf(record.cpf) and (not company or is_cnpj(record.cnpj))
    )


def identity_of(record: CertificateRecord) -> CertificateIdentity:
    """Whom the record names. Only for one in which ``faults_at_login`` found none."""
    company = record.kind is Kind.E_CNPJ
    return CertificateIdentity(
        means=_MEANS[record.kind],
        name=(record.person.name if record.person else "") or record.name,
        cpf=record.cpf,
        email=record.email,
        cnpj=record.cnpj if company else "",
        company_name=record.name if company else "",
        sha256=record.sha256,
        not_after=record.not_after,
    )
