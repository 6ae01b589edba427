"""Issue of certificates: what is asked of a certification authority, and how it is asked."""

from certificates.issuing.authority import (
    AuthorityDown,
    CertificateAuthority,
    Failed,
    Issued,
    IssueOrder,
    IssueState,
    Medium,
    NotOffered,
    Pending,
    Refused,
    RevocationReason,
    Subject,
)
from certificates.issuing.choice import current_authority, fallback_authorities
from certificates.issuing.requests import CertificateRequest, read_request

__all__ = [
    "AuthorityDown",
    "CertificateAuthority",
    "CertificateRequest",
    "Failed",
    "IssueOrder",
    "IssueState",
    "Issued",
    "Medium",
    "NotOffered",
    "Pending",
    "Refused",
    "RevocationReason",
    "Subject",
    "current_authority",
    "fallback_authorities",
    "read_request",
]
