"""Whoever administers a company is told at once when staff open a sensitive service of it.

Staff may give any access, and set a password anew, for people who lost theirs. Where a sensitive
service is involved they never do it unseen: those who administer it are mailed.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from portal import desks
from portal.accounts.models import Company, Grant, User
from portal.outbox.services import enqueue_mail


def sensitive_of(scopes: Iterable[str]) -> list[str]:
    """The sensitive services among these names."""
    known = desks.services()
    return sorted(name for name in set(scopes) if name in known and known[name].sensitive)


def tell_of_grant(grant: Grant, *, by: User, at: datetime) -> None:
    """Staff gave or changed this grant; without a sensitive service nobody is told."""
    names = sensitive_of(grant.scopes)
    if not names or grant.company_pk is None:
        return
    company = Company.objects.get(pk=grant.company_pk)
    _mail(company, names, grant.user, "sensitive_access", by=by, at=at, level=grant.level)


def tell_of_reset(user: User, *, by: User, at: datetime) -> None:
    """Staff set anew how this person signs in, and so could have somebody else sign in as them."""
    found: dict[int, set[str]] = {}
    for grant in Grant.objects.not_ended(at).filter(user=user).select_related("unit"):
        if grant.company_pk is not None:
            found.setdefault(grant.company_pk, set()).update(sensitive_of(grant.scopes))
    for company in Company.objects.filter(pk__in=[pk for pk, names in found.items() if names]):
        _mail(company, sorted(found[company.pk]), user, "sensitive_reset", by=by, at=at)


def _keepers(company: Company, services: Iterable[str], *, at: datetime) -> list[User]:
    """Who administers one of these services of the company; where nobody does, who administers
    the company."""
    held = Grant.objects.in_force(at).filter(company=company, level=Grant.Level.ADMINISTER)
    people = User.objects.filter(is_active=True).exclude(email=None).order_by("pk")
    keys = {pk for name in services for pk in held.opening(name).values_list("user", flat=True)}
    return list(people.filter(pk__in=keys)) or list(people.filter(pk__in=held.values("user")))


def _mail(
    company: Company, services: list[str], person: User, template: str, *, by: User, at: datetime,
    level: str = "",
) -> None:  # fmt: skip
    """To every keeper but the person themselves, who is told in their own way; where there is
    none, to the company's own address."""
    known = desks.services()
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "company": company, "person": person, "staff": by, "at": at,
            "services": ", ".join(str(known[name].label) for name in services),
            "level": str(Grant.Level(level).label) if level else "",
            "link": settings.BASE_URL
            + reverse("accounts:team_member", args=[company.pk, person.pk]),
        }  # fmt: skip
    others = [one for one in _keepers(company, services, at=at) if one.pk != person.pk]
    sent: dict[str, int | None] = {one.email or "": one.pk for one in others}
    for address, key in (sent or {company.email: None}).items():
        if address:
            enqueue_mail(
                to=address, template=template, context=context,
                key=f"{template}:{company.pk}:{person.pk}:{at.timestamp():.6f}:{key}",
                about=[pk for pk in (person.pk, key) if pk],
            )  # fmt: skip
