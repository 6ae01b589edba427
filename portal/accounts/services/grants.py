"""Giving access to companies and units, and taking it away."""

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from portal.accounts.models import Company, Grant, Unit, User
from portal.audit.services import record


@transaction.atomic
def grant_access(
    user: User,
    on: Company | Unit,
    *,
    level: str = Grant.Level.OPERATE,
    source: str = Grant.Source.STAFF,
    by: User | None,
    request: HttpRequest | None = None,
) -> Grant:
    """A grant on a company or one of its units; one that exists from the same source changes level."""
    place: dict[str, Company | Unit] = {"company" if isinstance(on, Company) else "unit": on}
    grant, created = Grant.objects.get_or_create(
        user=user, source=source, revoked_at=None, **place,
        defaults={"level": level, "created_by": by},
    )  # fmt: skip
    if not created and grant.level != level:
        Grant.objects.filter(pk=grant.pk).update(level=level)
        grant.level = level
    company = on.pk if isinstance(on, Company) else on.company_id
    data = {"user": user.pk, "level": level, "unit": None if isinstance(on, Company) else on.pk}
    record("grant.given", target=grant, company=company, actor=by, request=request, data=data)
    return grant


@transaction.atomic
def revoke_grant(
    grant: Grant, *, at: datetime, by: User | None, request: HttpRequest | None = None
) -> None:
    """End a grant; one that has ended already stays as it is."""
    if Grant.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=at):
        grant.revoked_at = at
        data = {"user": grant.user_id, "unit": grant.unit_id}
        record(
            "grant.revoked",
            target=grant,
            company=grant.company_pk,
            actor=by,
            request=request,
            data=data,
        )
