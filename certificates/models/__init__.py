"""What the portal keeps of certificates."""

from certificates.models.known import CertificateUse, KnownCertificate
from certificates.models.signing import SigningCertificate

__all__ = ["CertificateUse", "KnownCertificate", "SigningCertificate"]
