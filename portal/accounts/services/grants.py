"""Giving access to companies and units, and taking it away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import Company, Grant, Unit, User
from portal.accounts.services.keepers import tell_of_grant
from portal.audit.services import record


@dataclass(frozen=True, kw_only=True)
class NewAccess:
    """Access that is given to one person: where, how far, and until which instant (None: no end).

    ``scopes`` names services; empty gives all but the sensitive ones.
    """

    places: Sequence[Company | Unit]
    level: str
    scopes: Sequence[str] = ()
    until: datetime | None = None


@transaction.atomic
def grant_access(
    user: User,
    on: Company | Unit,
    *,
    level: str = Grant.Level.OPERATE,
    scopes: Iterable[str] = (),
    source: str = Grant.Source.STAFF,
    source_key: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    by: User | None,
    at: datetime,
    request: HttpRequest | None = None,
) -> Grant:
    """Give access to a company or to one of its units.

    A grant of the same source (and key) that has not ended becomes what is given now. One that
    has ended stays as it was, and a new one begins: of two callers at once one makes it, and the
    other finds it. Raises ValidationError for staff, who see by permission, for who gives it to
    themselves, and for services that no desk has. When staff give a sensitive service, who
    administers it is told.
    """
    check_may_hold(user, by=by)
    same: dict[str, Any] = {
        "user": user, "company" if isinstance(on, Company) else "unit": on,
        "source": source, "source_key": source_key,
    }  # fmt: skip
    given = {"level": level, "scopes": sorted(set(scopes)), "valid_until": valid_until}
    Grant(**same, **given, valid_from=valid_from).clean()
    ended = Grant.objects.filter(**same).close_ended(at)
    grant, created = Grant.objects.get_or_create(
        **same, revoked_at=None, defaults={**given, "valid_from": valid_from, "created_by": by}
    )
    if not created:
        has_begun = grant.valid_from is None or grant.valid_from <= at
        begin = grant.valid_from if has_begun and valid_from is None else valid_from
        _become(grant, {**given, "valid_from": begin})
    data = {
        "user": user.pk, "level": level, "unit": grant.unit_id, "services": given["scopes"],
        "until": valid_until, "after": ended,
    }  # fmt: skip
    kept = {key: value for key, value in data.items() if value or key in ("user", "level", "unit")}
    record(
        "grant.given", target=grant, company=on.pk if isinstance(on, Company) else on.company_id,
        actor=by, request=request, data=kept,
    )  # fmt: skip
    if by is not None and by.is_staff:
        tell_of_grant(grant, by=by, at=at)
    return grant


def check_may_hold(user: User, *, by: User | None) -> None:
    """Raise ValidationError where this person may be given no access by ``by``."""
    if user.is_staff:
        raise ValidationError(_("Staff see by their permissions and are given no access."))
    if by is not None and by.pk == user.pk:
        raise ValidationError(_("Nobody gives access to themselves. Ask a colleague."))


def _become(grant: Grant, values: dict[str, Any]) -> None:
    if any(getattr(grant, name) != value for name, value in values.items()):
        Grant.objects.filter(pk=grant.pk).update(**values)
        for name, value in values.items():
            setattr(grant, name, value)


@transaction.atomic
def revoke_grant(
    grant: Grant, *, at: datetime, by: User | None, request: HttpRequest | None = None
) -> None:
    """End a grant; one that has ended already stays as it is."""
    if Grant.objects.not_ended(at).filter(pk=grant.pk).update(revoked_at=at):
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


@transaction.atomic
def end_every_access(
    user: User, *, at: datetime, by: User | None, request: HttpRequest | None = None
) -> int:
    """End all that this person was given, as before they become staff; how many grants."""
    grants = list(Grant.objects.not_ended(at).filter(user=user).select_related("unit"))
    for grant in grants:
        revoke_grant(grant, at=at, by=by, request=request)
    return len(grants)
