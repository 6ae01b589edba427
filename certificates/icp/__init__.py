"""Reading certificates of ICP-Brasil: what they say, in typed records. Nothing is trusted here."""

from certificates.icp.reading import (
    certificates_in,
    is_strict_der,
    read_certificate,
    read_uploaded_certificate,
    record_of,
)
from certificates.icp.record import CertificateRecord, Kind, Person
from certificates.icp.usable import check_usable, is_icp_brasil

__all__ = [
    "CertificateRecord",
    "Kind",
    "Person",
    "certificates_in",
    "check_usable",
    "is_icp_brasil",
    "is_strict_der",
    "read_certificate",
    "read_uploaded_certificate",
    "record_of",
]
