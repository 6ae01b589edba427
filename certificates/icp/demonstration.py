"""The mark of certificates that a demonstration issued: nothing signed with them has legal value."""

from asn1crypto import x509

from certificates.icp.identity import organisations

ORGANISATION = "Demonstração sem valor legal"


def is_demo(certificate: x509.Certificate) -> bool:
    """Whether a demonstration, this machine's or another's, issued the certificate."""
    return ORGANISATION in organisations(certificate.issuer)
