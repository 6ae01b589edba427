"""A certificate has come to its end: what it opened here ends with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Q

from portal.accounts.models import EndedCertificate, Grant, User
from portal.accounts.opening import SESSION_KEY
from portal.accounts.services.grants import revoke_grant
from portal.audit.services import record
from portal.outbox.services import enqueue_mail


@dataclass(frozen=True, kw_only=True)
class UsedCertificate:
    """A certificate with which these people came in. ``cnpj``: of an e-CNPJ, else empty."""

    sha256: str
    name: str
    cnpj: str
    not_after: datetime
    users: Iterable[int]


def end_certificate(certificate: UsedCertificate, *, reason: str, at: datetime) -> bool:
    """End the sessions that a certificate opened and the access that it gave, and tell its people
    when it was revoked; False when that was done before."""
    ended = EndedCertificate(
        sha256=certificate.sha256, reason=reason, not_after=certificate.not_after, ended_at=at
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                ended.save(force_insert=True)
        except IntegrityError:
            return False
        users = User.objects.filter(pk__in=certificate.users)
        sessions = sum(_end_sessions(user, certificate.sha256) for user in users)
        grants = _end_grants(certificate, at)
        data = {"certificate": certificate.sha256, "reason": reason, "sessions": sessions,
                "grants": grants}  # fmt: skip
        record("certificate.ended", target=ended, data=data)
        if reason == EndedCertificate.Reason.REVOKED:
            for user in users.filter(is_active=True, email__isnull=False):
                _tell(user, certificate, at)
    return True


def _end_sessions(user: User, sha256: str) -> int:
    """The sessions of this person that the certificate opened; how many ended."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    count = 0
    for session in Session.objects.filter(session_key__in=list(rows)):
        opening = session.get_decoded().get(SESSION_KEY) or {}
        if opening.get("sha256") == sha256:
            rows[session.session_key].end()
            count += 1
    return count


def _end_grants(certificate: UsedCertificate, at: datetime) -> int:
    """What this certificate gave last; before its print was noted, what its CNPJ gave."""
    given = Q(certificate_sha256=certificate.sha256)
    if certificate.cnpj:
        given |= Q(certificate_sha256="", certificate_cnpj=certificate.cnpj)
    held = Grant.objects.filter(
        given, user__in=certificate.users, source=Grant.Source.CERTIFICATE, revoked_at=None
    )
    grants = list(held.select_related("unit"))
    for grant in grants:
        revoke_grant(grant, at=at, by=None)
    return len(grants)


def _tell(user: User, certificate: UsedCertificate, at: datetime) -> None:
    context: dict[str, Any] = {"name": user.first_name, "certificate": certificate.name, "at": at}
    enqueue_mail(
        to=user.email or "", template="certificate_ended", context=context,
        key=f"certificate-ended:{certificate.sha256}:{user.pk}", about=[user.pk],
    )  # fmt: skip
