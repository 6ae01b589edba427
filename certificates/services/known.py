"""Records where certificates are used, and has them watched until they expire."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q

from certificates.icp.record import CertificateRecord, Kind
from certificates.models.known import SERVICE, CertificateUse, KnownCertificate
from portal.accounts.models import Company, Grant, User
from portal.accounts.opening import Means
from portal.audit.services import record as audit

if TYPE_CHECKING:
    from django.http import HttpRequest

Origin = CertificateUse.Origin
CHOOSE = "certificates.change_signingcertificate"
# Where the certificate was proved to be its holder's: the company that it names is told of it.
PROVED = {Origin.LOGIN, Origin.PROXY, Origin.ORDER}


@transaction.atomic
def record_use(
    record: CertificateRecord,
    *,
    origin: Origin,
    at: datetime,
    user: User | None = None,
    company: Company | None = None,
    by: User | None = None,
) -> KnownCertificate:
    """Keep a certificate's public part, and that it was used ``at`` this instant. Idempotent.

    The use is noted for ``user`` and for ``company``; a company that the certificate names is
    found by its CNPJ, except for uploads: anyone may hold anyone's public certificate. Without
    user and company it is the provider's own. ``by``: who uploaded it. A use that its owner
    stopped watching stays stopped.
    """
    certificate = keep_certificate(record, at=at)
    if company is None and origin in PROVED and record.kind != Kind.E_CPF:
        company = company_named(record.cnpj)
    _note_uses(certificate, origin, at, user=user, company=company, by=by)
    return certificate


def keep_certificate(record: CertificateRecord, *, at: datetime) -> KnownCertificate:
    """Keep a certificate's public part before it is known whose use it is; see ``record_login``."""
    certificate, _made = KnownCertificate.objects.get_or_create(
        sha256=record.sha256, defaults={**_facts(record), "created_at": at}
    )
    return certificate


@transaction.atomic
def record_login(sha256: str, *, user: User, at: datetime) -> None:
    """The person signed in with the certificate that was met; nothing when it was not."""
    certificate = KnownCertificate.objects.filter(sha256=sha256).first()
    if certificate is None:
        return
    is_company = certificate.kind != Kind.E_CPF and len(certificate.tax_id) == 14
    company = company_named(certificate.tax_id) if is_company else None
    _note_uses(certificate, Origin.LOGIN, at, user=user, company=company)


def delete_unused(*, before: datetime) -> int:
    """Remove what was met before then and never used: a login that was not finished."""
    unused = KnownCertificate.objects.filter(uses=None, created_at__lt=before)
    return unused.delete()[0]


def _note_uses(
    certificate: KnownCertificate, origin: Origin, at: datetime, *, user: User | None,
    company: Company | None, by: User | None = None,
) -> None:  # fmt: skip
    owners: list[dict[str, Any]] = [{"user": user}] if user else []
    owners += [{"company": company}] if company else []
    owners = [{"user": None, "company": None, **owner} for owner in owners or [{}]]
    # Most uses are known: one statement for all of them.
    known = CertificateUse.objects.filter(
        reduce(or_, (Q(**owner) for owner in owners)), certificate=certificate, origin=origin
    )
    if known.filter(last_at__lt=at).update(last_at=at) == len(owners):
        return
    for owner in owners:
        _note_use(certificate, origin, at, by, owner)


def company_named(cnpj: str) -> Company | None:
    """The active client that a CNPJ names: as a company, or as one of its units."""
    if not cnpj:
        return None
    found = Company.objects.filter(
        Q(tax_id=cnpj) | Q(units__cnpj=cnpj, units__is_active=True), is_active=True
    )
    return found.order_by("pk").first()


def _facts(record: CertificateRecord) -> dict[str, Any]:
    return {
        "sha1": record.sha1, "kind": record.kind, "name": record.name[:200],
        "tax_id": record.tax_id[:14], "issuer": record.issuer[:200], "serial": record.serial[:64],
        "policy": record.policy[:20], "not_before": record.not_before,
        "not_after": record.not_after, "der": record.der,
    }  # fmt: skip


def _note_use(
    certificate: KnownCertificate, origin: Origin, at: datetime, by: User | None,
    owner: dict[str, Any],
) -> None:  # fmt: skip
    use, made = CertificateUse.objects.get_or_create(
        certificate=certificate, origin=origin, **owner,
        defaults={"first_at": at, "last_at": at, "by": by},
    )  # fmt: skip
    if not made and use.last_at < at:
        CertificateUse.objects.filter(pk=use.pk, last_at__lt=at).update(last_at=at)


def end_signing_use(sha256: str) -> None:
    """The provider no longer keeps this signing certificate."""
    uses = CertificateUse.objects.filter(
        certificate__sha256=sha256, origin=Origin.SIGNING, user=None, company=None
    )
    _delete_uses(uses)


def companies_to_watch_for(user: User, *, at: datetime) -> Any:
    """The companies for which the person may have certificates watched: who only consults may not."""
    grants = Grant.objects.held_by(user, at, service=SERVICE).exclude(level=Grant.Level.CONSULT)
    return Company.objects.visible_to(user, at=at, service=SERVICE).filter(
        Q(pk__in=grants.exclude(company=None).values("company"))
        | Q(pk__in=grants.exclude(unit=None).values("unit__company"))
    )


def is_company_session(user: Any) -> bool:
    """Whether an e-CNPJ opened the session: what is the person's own stays closed."""
    opening = getattr(user, "opening", None)
    return opening is not None and opening.means == Means.E_CNPJ


def manageable_uses(certificate: KnownCertificate, user: User, *, at: datetime) -> Any:
    """The uses that this person may stop or watch again: their own, what they uploaded, those of
    companies that they administer; the provider's for staff who choose what signs."""
    seen = CertificateUse.objects.visible_to(user, at=at).filter(certificate=certificate)
    administered = Company.objects.administered_by(user, at=at)
    mine = Q(company__in=administered) | Q(by=user, company__isnull=False)
    if not is_company_session(user):
        mine |= Q(user=user)
    if user.is_staff and user.has_perm(CHOOSE):
        mine |= Q(user=None, company=None)
    return seen.filter(mine)


@transaction.atomic
def stop_watching(
    certificate: KnownCertificate, *, by: User, at: datetime, request: "HttpRequest | None" = None
) -> bool:
    """No more reminders for the uses that the person manages. What was only uploaded is forgotten,
    the certificate with its last use; whether it is gone."""
    uses = manageable_uses(certificate, by, at=at)
    companies = list(uses.values_list("company", flat=True).distinct())
    keys = list(uses.values_list("pk", flat=True))
    mine = CertificateUse.objects.filter(pk__in=keys)
    mine.exclude(origin=Origin.UPLOAD).filter(stopped_at=None).update(stopped_at=at)
    _delete_uses(mine.filter(origin=Origin.UPLOAD))
    _audit("certificates.unwatched", certificate, companies, by, request)
    return not KnownCertificate.objects.filter(pk=certificate.pk).exists()


@transaction.atomic
def watch_again(
    certificate: KnownCertificate, *, by: User, at: datetime, request: "HttpRequest | None" = None
) -> None:
    """Reminders again, for the uses that the person manages."""
    uses = manageable_uses(certificate, by, at=at)
    companies = list(uses.values_list("company", flat=True).distinct())
    CertificateUse.objects.filter(pk__in=list(uses.values_list("pk", flat=True))).update(
        stopped_at=None
    )
    _audit("certificates.watched", certificate, companies, by, request)


def upload(
    record: CertificateRecord, *, company: Company | None, by: User, at: datetime,
    request: "HttpRequest | None" = None,
) -> KnownCertificate:  # fmt: skip
    """Watch a public certificate for the company, or (None) for the person who sends it."""
    with transaction.atomic():
        made = record_use(
            record, origin=Origin.UPLOAD, at=at, company=company, by=by,
            user=None if company else by,
        )  # fmt: skip
        owner = Q(company=company) if company else Q(user=by)
        made.uses.filter(owner, origin=Origin.UPLOAD).update(stopped_at=None)
        _audit("certificates.watched", made, [company.pk if company else None], by, request)
    return made


def forget_person(user: User) -> None:
    """Erasure (LGPD): the person's certificates go, whoever had them watched.

    A company's own certificates stay, without who uploaded them.
    """
    if user.cpf and user.cpf_proof:
        CertificateUse.objects.filter(certificate__tax_id=user.cpf).delete()
        KnownCertificate.objects.filter(tax_id=user.cpf).delete()
    _delete_uses(CertificateUse.objects.filter(user=user))
    CertificateUse.objects.filter(by=user).update(by=None)


def _delete_uses(uses: Any) -> None:
    """Delete uses, and the certificates of which none is left."""
    touched = set(uses.values_list("certificate", flat=True))
    uses.delete()
    left = KnownCertificate.objects.filter(pk__in=touched, uses=None)
    left.delete()


def _audit(
    action: str, certificate: KnownCertificate, companies: list[int | None], by: User,
    request: "HttpRequest | None",
) -> None:  # fmt: skip
    data = {"sha256": certificate.sha256}
    for company in companies or [None]:
        audit(action, target=certificate, company=company, actor=by, request=request, data=data)
