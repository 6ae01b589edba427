"""What the portal keeps of certificates."""

from certificates.models.signing import SigningCertificate

__all__ = ["SigningCertificate"]
