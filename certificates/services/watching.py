"""Certificates that expire, for the reminders: which ones, whom to tell, what to do."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.models.known import (
    SERVICE,
    CertificateUse,
    CertificateUseQuerySet,
    KnownCertificate,
    KnownCertificateQuerySet,
    may_see_all,
)
from certificates.services.known import CHOOSE
from portal.accounts.models import Grant, User
from portal.reminders.registry import ExpiringItem
from portal.taxid import format_tax_id

_ZONE = ZoneInfo("America/Sao_Paulo")
_CHUNK = 400


def due(first: date, last: date) -> Iterator[ExpiringItem]:
    """Every certificate that somebody watches and that ends in these days without a newer one."""
    uses = CertificateUse.objects.watched().lasting()
    for certificate in _ending(uses, first, last).iterator(chunk_size=_CHUNK):
        yield _item(certificate)


def visible_to(
    user: User, first: date, last: date, keys: Collection[str] | None, *, backwards: bool = False
) -> Iterator[ExpiringItem]:
    """Those that this person may see. Staff: their own, and the provider's if they choose it."""
    uses = CertificateUse.objects.visible_to(user)
    if may_see_all(user):
        providers = Q(user=None, company=None) if user.has_perm(CHOOSE) else Q(pk=None)
        uses = uses.filter(Q(user=user.pk) | providers)
    found = _ending(uses.watched().lasting(), first, last)
    if keys is not None:
        found = found.filter(sha256__in=list(keys))
    found = found.reverse() if backwards else found
    for certificate in found.iterator(chunk_size=_CHUNK):
        yield _item(certificate)


def recipients(keys: Collection[str]) -> dict[str, set[int]]:
    """Who is told: the person, the company's administrators (else who receives for it), and for
    the provider's own the staff who choose what signs."""
    found: dict[str, set[int]] = defaultdict(set)
    rows = iter(keys)
    while chunk := list(islice(rows, _CHUNK)):
        uses = CertificateUse.objects.watched().lasting().filter(certificate__sha256__in=chunk)
        facts = list(uses.values_list("certificate__sha256", "user", "company"))
        answering = _answering({company for _key, _user, company in facts if company})
        for key, user, company in facts:
            found[key] |= (
                {user} if user else answering.get(company, set()) if company else choosers()
            )
    return found


def _answering(companies: set[int]) -> dict[int, set[int]]:
    """For each company the people with a grant in force: administrators, else who operates."""
    grants = (
        Grant.objects.in_force(timezone.now())
        .opening(SERVICE)
        .filter(Q(company__in=companies) | Q(unit__company__in=companies), user__is_active=True)
    )
    by_level: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    facts: Any = grants.values_list("level", "company", "unit__company", "user")
    for level, company, of_unit, user in facts:
        on_company = company is not None or level != Grant.Level.ADMINISTER
        by_level[level if on_company else Grant.Level.OPERATE][company or of_unit].add(user)
    admins, operating = by_level[Grant.Level.ADMINISTER], by_level[Grant.Level.OPERATE]
    return {pk: (admins.get(pk) or operating.get(pk, set())) for pk in companies}


def choosers() -> set[int]:
    """The staff who choose the certificate that signs (group Administração)."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    return {user.pk for user in staff if user.has_perm(CHOOSE)}


def _ending(uses: CertificateUseQuerySet, first: date, last: date) -> KnownCertificateQuerySet:
    """The certificates of these uses that end between two civil days of Brasília, both included."""
    return KnownCertificate.objects.filter(
        pk__in=uses.values("certificate"), not_after__gte=_midnight(first),
        not_after__lt=_midnight(last + timedelta(days=1)), revoked_at=None,
    ).defer("der").order_by("not_after", "pk")  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, _ZONE)


def _item(certificate: KnownCertificate) -> ExpiringItem:
    """No CPF leaves in a reminder."""
    number = format_tax_id(certificate.tax_id) if len(certificate.tax_id) == 14 else ""
    facts: list[Any] = [f"CNPJ {number}" if number else "", certificate.issuer]
    return ExpiringItem(
        key=certificate.sha256, version=f"{certificate.not_after:%Y%m%d}",
        title=f"{certificate.get_kind_display()} – {certificate.name_without_cpf}",
        detail=" · ".join(filter(None, facts)),
        expires_on=timezone.localdate(certificate.not_after),
        url=reverse("certificates:known", args=[certificate.pk]), advice=advice(),
        rank=f"{certificate.not_after.astimezone(UTC):%Y%m%d%H%M%S%f}-{certificate.pk:019d}",
    )  # fmt: skip


def advice() -> str:
    """What to do before a certificate ends."""
    return _(
        "To renew a certificate, contact the certification authority that issued it. In its last "
        "30 days it can usually be renewed online with the certificate itself; once it has expired, "
        "a new one has to be requested, with a new identification."
    )
