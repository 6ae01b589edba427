"""Reading certificates of ICP-Brasil: what they say, in typed records. Nothing is trusted here."""

from certificates.icp.record import CertificateRecord, Kind, Person

__all__ = ["CertificateRecord", "Kind", "Person"]
