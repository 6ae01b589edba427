"""What becomes of an office's accesses when it leaves. Decided in docs/decisions/proxies.md."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.models import Company, User
from portal.audit.models import AuditEvent
from portal.audit.services import target_of
from portal.outbox.services import enqueue_mail
from portal.transitions import IllegalTransition
from proxies.models import LeftOffice, Proxy
from proxies.models.proxies import ProxyQuerySet
from proxies.services.life import destroy

# Whoever is no office any more has nobody who may open its accesses, either.
_THERE = Q(is_active=True, kind=Company.Kind.OFFICE)


def follow_left(*, at: datetime) -> int:
    """Notice offices that left and those that are back; destroy what was kept long enough.

    How many accesses were destroyed. Killed anywhere, the next run goes on.
    """
    LeftOffice.objects.filter(office__in=Company.objects.filter(_THERE)).delete()
    new = Company.objects.filter(~_THERE, left_office=None)
    for office in new.filter(Exists(_kept().filter(office=OuterRef("pk")))).order_by("pk"):
        _notice(office, at=at)
    if not settings.PROXY_LEFT_DAYS:
        return 0
    before = at - timedelta(days=settings.PROXY_LEFT_DAYS)
    due = LeftOffice.objects.filter(noticed_at__lte=before).select_related("office")
    return sum(_destroy_of(left, at=at) for left in due if _left_by(left.office, before))


def _kept() -> ProxyQuerySet:
    return Proxy.objects.exclude(status=Proxy.Status.DESTROYED)


def _notice(office: Company, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            left = LeftOffice.objects.create(office=office, noticed_at=at)
            _tell_staff(left, "office_left", at=at)
    except IntegrityError:  # another run noticed it at the same moment
        return


def _left_by(office: Company, before: datetime) -> bool:
    """Whether it left by then: one that was back for some hours left when it left again."""
    changes = AuditEvent.objects.filter(target=target_of(office), at__gt=before)
    return not any(
        {"is_active", "kind"} & set(change.data.get("fields", ()))
        for change in changes.filter(action="company.changed")
    )


def _destroy_of(left: LeftOffice, *, at: datetime) -> int:
    """Destroy the values of its accesses, one after another, as long as the office stays away."""
    count = 0
    for proxy in _kept().filter(office=left.office).order_by("pk"):
        with suppress(IllegalTransition), transaction.atomic():
            if not _is_away(left.office):
                return count
            destroy(proxy, _reason(), by=None, at=at)
            count += 1
    with transaction.atomic():
        done = LeftOffice.objects.filter(pk=left.pk, destroyed_at=None).update(destroyed_at=at)
        if done:
            _tell_staff(left, "office_destroyed", at=at)
    return count


def _is_away(office: Company) -> bool:
    """Asked under the lock of the company's row, so that nobody brings it back meanwhile."""
    company = Company.objects.select_for_update(no_key=True).get(pk=office.pk)
    return not (company.is_active and company.kind == Company.Kind.OFFICE)


def _reason() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("The office left the portal.")


def _tell_staff(left: LeftOffice, template: str, *, at: datetime) -> None:
    address = settings.BASE_URL + reverse("admin:accounts_company_change", args=[left.office_id])
    for user in _staff():
        enqueue_mail(
            to=user.email or "", template=f"proxies/mail/{template}",
            context={"office": left.office, "left": left, "link": address},
            key=f"proxies-{template}:{left.pk}:{at.timestamp():.6f}:{user.pk}", about=[user.pk],
        )  # fmt: skip


def _staff() -> list[User]:
    """Active staff who may see accesses and have an e-mail."""
    held = Permission.objects.filter(content_type__app_label="proxies", codename="view_proxy")
    people = User.objects.filter(is_active=True, is_staff=True).exclude(email=None)
    asked = Q(user_permissions__in=held) | Q(groups__permissions__in=held) | Q(is_superuser=True)
    return list(people.filter(asked).distinct().order_by("pk"))
