"""Notes which certificates were revoked, ends what they opened, and asks about the others."""

from datetime import datetime, timedelta

from certificates.icp import Kind
from certificates.models import KnownCertificate
from certificates.models.known import CertificateUse
from certificates.trust.revocation import request_check
from certificates.trust.validation import examine
from certificates.trust.verdict import Purpose, Revocation
from portal.accounts.models import EndedCertificate
from portal.accounts.services.certificates import UsedCertificate, end_certificate

# Expired ones are looked at for so long, so that a job that did not run comes to them later.
LOOKED_BACK = timedelta(days=2)


def end_revoked_logins(*, at: datetime, ask: bool = True) -> int:
    """End what certificates opened here that were revoked, or have expired since; how many ended.

    Each that somebody came in with and that has not expired is judged by what is known of its
    revocation, and its authority is asked (``ask``) where nothing is.
    """
    logins = CertificateUse.objects.filter(origin=CertificateUse.Origin.LOGIN, user__isnull=False)
    known = KnownCertificate.objects.filter(
        pk__in=logins.values("certificate"), not_after__gt=at - LOOKED_BACK
    ).exclude(sha256__in=EndedCertificate.objects.values("sha256"))
    ended = 0
    for certificate in known.order_by("pk").iterator(chunk_size=500):
        if reason := _end_of(certificate, at=at, ask=ask):
            used = UsedCertificate(
                sha256=certificate.sha256, name=certificate.name_without_cpf, not_after=certificate.not_after,
                cnpj=certificate.tax_id if certificate.kind == Kind.E_CNPJ else "",
                users=list(
                    logins.filter(certificate=certificate).values_list("user_id", flat=True)
                ),
            )  # fmt: skip
            ended += end_certificate(used, reason=reason, at=at)
    return ended


def _end_of(certificate: KnownCertificate, *, at: datetime, ask: bool) -> str:
    """Why it opens nothing any more; "" while it does."""
    if certificate.has_expired(at):
        return EndedCertificate.Reason.EXPIRED
    if certificate.revoked_at or _is_revoked(certificate, at=at, ask=ask):
        return EndedCertificate.Reason.REVOKED
    return ""


def _is_revoked(certificate: KnownCertificate, *, at: datetime, ask: bool) -> bool:
    """Whether it is known to be revoked, which is noted; else its authority is asked."""
    der = bytes(certificate.der)
    verdict = examine(der, purpose=Purpose.WATCH, at=at)
    if verdict.revocation == Revocation.REVOKED:
        known = KnownCertificate.objects.filter(pk=certificate.pk, revoked_at=None)
        known.update(revoked_at=verdict.revoked_at or at)
        return True
    if ask:
        request_check(der)
    return False


def note_revocations(*, at: datetime, ask: bool = True) -> int:
    """Note which watched certificates are known to be revoked, and ``ask`` about the others; how
    many were found. What is asked is answered by jobs, and noted the next time."""
    watched = CertificateUse.objects.watched()
    current = KnownCertificate.objects.valid(at).filter(
        revoked_at=None, pk__in=watched.values("certificate")
    )
    rows = current.order_by("pk").iterator(chunk_size=500)
    return sum(_is_revoked(certificate, at=at, ask=ask) for certificate in rows)
