"""Records of certificates, as reading them gives, for tests that need no real one."""

import hashlib
from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone

from certificates.icp import CertificateRecord, Kind
from tests.factories import a_cnpj, a_cpf

_serials = count(1)


def a_record(
    kind: Kind = Kind.E_CNPJ,
    tax_id: str = "",
    *,
    days: float = 200,
    name: str = "",
    not_after: datetime | None = None,
    policy: str = "A1",
) -> CertificateRecord:
    """A certificate that ends in ``days`` from now, or at ``not_after``."""
    serial = next(_serials)
    tax_id = tax_id or (a_cpf() if kind == Kind.E_CPF else a_cnpj())
    is_company = len(tax_id) == 14
    end = not_after or timezone.now() + timedelta(days=days)
    der = f"certificate {serial}".encode()
    return CertificateRecord(
        kind=kind, name=name or ("EMPRESA B LTDA" if is_company else "ANA SOUZA"),
        cpf="" if is_company else tax_id, cnpj=tax_id if is_company else "", person=None,
        email="fiscal@exemplo.com.br", policy=policy, policy_oid="2.16.76.1.2.1.9999",
        issuer="AC Teste", serial=f"{serial:x}", sha256=hashlib.sha256(der).hexdigest(),
        sha1=hashlib.sha1(der).hexdigest(), not_before=end - timedelta(days=365), not_after=end,
        der=der,
    )  # fmt: skip
