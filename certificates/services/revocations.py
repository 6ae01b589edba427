"""Notes which watched certificates were revoked, and asks authorities about the others."""

from datetime import datetime

from certificates.models import KnownCertificate
from certificates.models.known import CertificateUse
from certificates.trust.revocation import request_check
from certificates.trust.validation import examine
from certificates.trust.verdict import Purpose, Revocation


def note_revocations(*, at: datetime, ask: bool = True) -> int:
    """Note which watched certificates are known to be revoked, and ``ask`` about the others; how
    many were found. What is asked is answered by jobs, and noted the next time."""
    watched = CertificateUse.objects.watched()
    current = KnownCertificate.objects.valid(at).filter(
        revoked_at=None, pk__in=watched.values("certificate")
    )
    found = 0
    for certificate in current.order_by("pk").iterator(chunk_size=500):
        der = bytes(certificate.der)
        verdict = examine(der, purpose=Purpose.WATCH, at=at)
        if verdict.revocation == Revocation.REVOKED:
            known = KnownCertificate.objects.filter(pk=certificate.pk, revoked_at=None)
            found += known.update(revoked_at=verdict.revoked_at or at)
        elif ask:
            request_check(der)
    return found
