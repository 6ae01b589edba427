"""The demonstration's certificates: its authority, its people's files, its revocation lists."""

from certificates.demo.authority import (
    A1_POLICY,
    PASSWORD,
    SEAL_POLICY,
    Authority,
    DemoCA,
    company_names,
    demo_ca,
    folder,
    issue,
    person_names,
    root_pem,
)
from certificates.demo.cast import CAST, DemoCertificate, describe, one, people, root_file, server
from certificates.demo.operator import DEFAULT_CNPJ, DEFAULT_OPERATOR, operator_pfx
from certificates.demo.revocation import crl, crls, revoke

__all__ = [
    "A1_POLICY",
    "CAST",
    "DEFAULT_CNPJ",
    "DEFAULT_OPERATOR",
    "PASSWORD",
    "SEAL_POLICY",
    "Authority",
    "DemoCA",
    "DemoCertificate",
    "company_names",
    "crl",
    "crls",
    "demo_ca",
    "describe",
    "folder",
    "issue",
    "one",
    "operator_pfx",
    "people",
    "person_names",
    "revoke",
    "root_file",
    "root_pem",
    "server",
]
