"""A company administrator looks after the company's people: invites, changes, ends access."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Company, Grant, GrantQuerySet, Unit, User
from portal.accounts.services.grants import grant_access, revoke_grant
from portal.accounts.services.links import invite
from portal.accounts.services.people import create_user
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.taxid import normalise

# What a certificate or a power of attorney gave ends where it came from.
MANAGED = [Grant.Source.STAFF, Grant.Source.INVITATION]
ADMINISTER = Grant.Level.ADMINISTER


class LastAdministrator(ValidationError):
    """The company would be left without anyone to administer its people."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This is the company's last administrator. Make somebody else an administrator first."
            )
        )


@dataclass(frozen=True)
class Wish:
    """The access a person is to have: all of the company's units, or those named."""

    level: str
    units: tuple[Unit, ...] = ()

    def places(self, company: Company) -> list[Company | Unit]:
        return list(self.units) or [company]


@dataclass(frozen=True)
class Member:
    """A person with access to the company, as its administrator sees them.

    ``waiting``: invited and has not come since; till then the name is the one that was typed.
    The e-mail of who was invited stays the typed one: it is how the administrator knows them.
    ``managed``: at least one grant can be changed here.
    """

    pk: int
    name: str
    email: str
    level: str
    level_label: str
    units: str
    waiting: bool
    active: bool
    managed: bool
    elsewhere: bool
    is_self: bool


def grants_at(company: Company) -> GrantQuerySet:
    """Every grant on the company or on one of its units."""
    return Grant.objects.filter(Q(company=company) | Q(unit__company=company))


def members(company: Company, *, viewer: User, at: datetime) -> list[Member]:
    """The people with access in force, by name. One query."""
    grants = (
        grants_at(company).in_force(at)
        .select_related("user", "unit").order_by("unit__code", "pk")
    )  # fmt: skip
    of_user: dict[int, list[Grant]] = {}
    for grant in grants:
        of_user.setdefault(grant.user_id, []).append(grant)
    rows = [_member(found, viewer) for found in of_user.values()]
    return sorted(rows, key=lambda row: row.name.lower())


def member(company: Company, pk: int, *, viewer: User, at: datetime) -> Member | None:
    return next((row for row in members(company, viewer=viewer, at=at) if row.pk == pk), None)


def _member(grants: list[Grant], viewer: User) -> Member:
    user = grants[0].user
    typed = next((g for g in grants if g.invited_email), None)
    waiting = typed is not None and not (user.last_login and user.last_login > typed.created_at)
    levels = {grant.level for grant in grants}
    level = next(
        lv for lv in (ADMINISTER, Grant.Level.OPERATE, Grant.Level.CONSULT) if lv in levels
    )
    places = [grant.unit for grant in grants if grant.unit]
    whole = any(grant.company_id for grant in grants)
    return Member(
        pk=user.pk,
        name=typed.invited_name if typed and waiting else user.name,
        email=(typed.invited_email if typed else user.email) or "",
        level=level,
        level_label=str(Grant.Level(level).label),
        units=_("All units") if whole else ", ".join(str(unit) for unit in dict.fromkeys(places)),
        waiting=waiting,
        active=user.is_active or waiting,
        managed=any(grant.source in MANAGED for grant in grants),
        elsewhere=any(grant.source not in MANAGED for grant in grants),
        is_self=user.pk == viewer.pk,
    )


@transaction.atomic
def invite_member(
    company: Company,
    *,
    name: str,
    email: str,
    cpf: str,
    wish: Wish,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> User:
    """Give a person access to the company and mail them.

    A CPF that the portal knows says who the person is, else the e-mail does; whoever is known
    keeps their registration, and their mail goes to the address that it has, never to the typed
    one. To the administrator both cases look the same. Raises ValidationError for somebody who
    already has access here, and for access that is given elsewhere.
    """
    _lock(company)
    user = User.objects.filter(cpf=normalise(cpf)).first() if cpf else None
    user = user or User.objects.filter(email=email.lower()).first()
    if user and grants_at(company).in_force(at).filter(user=user, source__in=MANAGED).exists():
        raise ValidationError(_("This person already has access to the company."))
    if user is None:
        user = create_user(name=name, email=email, cpf=cpf, by=by, request=request)
    _apply(company, user, wish, by=by, at=at, request=request)
    grants_at(company).filter(user=user, revoked_at=None, source=Grant.Source.INVITATION).update(
        invited_name=name, invited_email=email.lower()
    )
    _mail(user, company, by=by, at=at, request=request)
    return user


@transaction.atomic
def invite_again(
    company: Company, user: User, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Mail the invitation once more; the link mailed before stops opening."""
    record("team.invited_again", target=user, company=company.pk, actor=by, request=request)
    _mail(user, company, by=by, at=at, request=request)


@transaction.atomic
def change_access(
    company: Company,
    user: User,
    wish: Wish,
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Give the person exactly this access; LastAdministrator where nobody would administer."""
    _lock(company)
    if wish.level != ADMINISTER:
        _keep_an_administrator(company, user, at=at)
    _apply(company, user, wish, by=by, at=at, request=request)


@transaction.atomic
def end_access(
    company: Company, user: User, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """End what staff or an invitation gave; LastAdministrator where nobody would administer."""
    _lock(company)
    _keep_an_administrator(company, user, at=at)
    for grant in _live(company, user):
        revoke_grant(grant, at=at, by=by, request=request)


def _lock(company: Company) -> None:
    """Two administrators who change each other at once do it one after the other."""
    Company.objects.select_for_update().get(pk=company.pk)


def _keep_an_administrator(company: Company, leaving: User, *, at: datetime) -> None:
    admins = Grant.objects.in_force(at).filter(
        company=company, level=ADMINISTER, user__is_active=True
    )
    if admins.filter(user=leaving).exists() and not admins.exclude(user=leaving).exists():
        raise LastAdministrator


def _live(company: Company, user: User) -> Iterable[Grant]:
    return (
        grants_at(company)
        .filter(user=user, revoked_at=None, source__in=MANAGED)
        .select_related("unit")
    )


def _apply(
    company: Company, user: User, wish: Wish, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    """Level on the places wanted, an end to the others, a new grant where there is none in force."""
    wanted: dict[tuple[str, int], Company | Unit] = {
        (type(place).__name__, place.pk): place for place in wish.places(company)
    }
    for grant in _live(company, user):
        key = ("Company", grant.company_id) if grant.company_id else ("Unit", grant.unit_id)
        in_force = grant.valid_until is None or grant.valid_until > at
        place = wanted.pop(key, None) if in_force else None  # type: ignore[arg-type]
        if place is None:
            revoke_grant(grant, at=at, by=by, request=request)
        else:
            grant_access(user, place, level=wish.level, source=grant.source, by=by, request=request)
    for place in wanted.values():
        grant_access(
            user, place, level=wish.level, source=Grant.Source.INVITATION, by=by, request=request
        )


def _mail(
    user: User, company: Company, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    if not (user.email and user.is_active):
        return
    if not user.has_usable_password():
        invite(user, by=by, at=at, request=request)
        return
    context: dict[str, Any] = {
        "user": user, "place": company.name, "link": settings.BASE_URL + reverse("account_login"),
    }  # fmt: skip
    key = f"team:{company.pk}:{user.pk}:{timezone.localtime(at):%Y%m%d%H%M%S%f}"
    enqueue_mail(to=user.email, template="access_granted", context=context, key=key)
