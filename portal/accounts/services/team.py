"""A company administrator looks after the company's people: changes and ends access."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal import desks
from portal.accounts.labels import services_text
from portal.accounts.models import Company, Grant, GrantQuerySet, Unit, User, opens
from portal.accounts.services.grants import NewAccess, grant_access, revoke_grant

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


class LastKeeper(LastAdministrator):
    """Nobody would be left to administer a service that needs somebody: ``Service.needs_keeper``."""

    def __init__(self, service: str) -> None:
        text = _(
            "This is the last person who administers “%(service)s”. Make somebody else its "
            "administrator first."
        )
        ValidationError.__init__(self, text % {"service": desks.services()[service].label})


@dataclass(frozen=True)
class Reach:
    """The services that an administrator may give to others: those they hold themselves.

    ``everything``: also access without naming services, which opens all ordinary ones.
    """

    everything: bool
    names: frozenset[str]

    def covers(self, scopes: Iterable[str]) -> bool:
        """Whether a grant with these scopes opens nothing that the administrator lacks."""
        named = set(scopes)
        return named <= self.names if named else self.everything


@dataclass(frozen=True)
class Member:
    """A person with access to the company, as its administrator sees them.

    ``managed``: what staff or an invitation gave can be changed by this administrator, whose own
    services reach as far; ``ends_here``: it can be ended. ``elsewhere``: something else remains.
    """

    pk: int
    name: str
    email: str
    level: str
    level_label: str
    units: str
    active: bool
    services: str
    until: date | None
    managed: bool
    ends_here: bool
    elsewhere: bool
    is_self: bool


def grants_at(company: Company) -> GrantQuerySet:
    """Every grant on the company or on one of its units."""
    return Grant.objects.filter(Q(company=company) | Q(unit__company=company))


def reach_of(administrator: User, company: Company, *, at: datetime) -> Reach:
    """What this administrator of the company may give. One query."""
    grants = Grant.objects.held_by(administrator, at).filter(company=company, level=ADMINISTER)
    held = list(grants.values_list("scopes", flat=True))
    known = desks.services()
    return Reach(
        everything=[] in held,
        names=frozenset(name for name in known if any(opens(scopes, name) for scopes in held)),
    )


def people_at(company: Company, *, at: datetime) -> QuerySet[User]:
    """Who has access to the company or to one of its units in force."""
    in_force = Grant.objects.in_force(at).order_by()
    whole = in_force.filter(company=company).values("user")
    some = in_force.filter(unit__company=company).values("user")
    return User.objects.filter(pk__in=whole.union(some, all=True))


def members(
    company: Company, people: Iterable[int], *, viewer: User, at: datetime
) -> dict[int, Member]:
    """Those of these people (keys) who have access in force, by their keys. Two queries."""
    reach = reach_of(viewer, company, at=at)
    grants = (
        grants_at(company).in_force(at).filter(user__in=list(people))
        .select_related("user", "unit").order_by("unit__code", "pk")
    )  # fmt: skip
    of_user: dict[int, list[Grant]] = {}
    for grant in grants:
        of_user.setdefault(grant.user_id, []).append(grant)
    return {key: _member(found, viewer, reach) for key, found in of_user.items()}


def member(company: Company, pk: int, *, viewer: User, at: datetime) -> Member | None:
    return members(company, [pk], viewer=viewer, at=at).get(pk)


def managed_grants(company: Company, user: User, *, at: datetime) -> GrantQuerySet:
    """What staff or an invitation gave this person here, and has not ended."""
    grants = grants_at(company).not_ended(at).filter(user=user, source__in=MANAGED)
    return grants.select_related("unit")


def highest(grants: Iterable[Grant]) -> str:
    """The highest level among grants, of which there is at least one."""
    levels = {grant.level for grant in grants}
    return next(level for level in reversed(Grant.Level.values) if level in levels)


def _member(grants: list[Grant], viewer: User, reach: Reach) -> Member:
    user = grants[0].user
    levels = {grant.level for grant in grants}
    level = next(
        lv for lv in (ADMINISTER, Grant.Level.OPERATE, Grant.Level.CONSULT) if lv in levels
    )
    places = [grant.unit for grant in grants if grant.unit]
    whole = any(grant.company_id for grant in grants)
    managed = [grant for grant in grants if grant.source in MANAGED]
    days = [grant.last_day for grant in grants]
    return Member(
        pk=user.pk,
        name=user.name,
        email=user.email or "",
        level=level,
        level_label=str(Grant.Level(level).label),
        units=_("All units") if whole else ", ".join(str(unit) for unit in dict.fromkeys(places)),
        active=user.is_active,
        services=services_text(scopes_of(grants)),
        until=None if None in days else max(day for day in days if day),
        managed=bool(managed) and all(reach.covers(grant.scopes) for grant in managed),
        ends_here=bool(managed),
        elsewhere=len(managed) < len(grants),
        is_self=user.pk == viewer.pk,
    )


def scopes_of(grants: Iterable[Grant]) -> list[str]:
    """What the grants name together; nothing where one of them opens all ordinary services."""
    scopes = [grant.scopes for grant in grants]
    return [] if [] in scopes else sorted({name for names in scopes for name in names})


@transaction.atomic
def change_access(
    company: Company,
    user: User,
    access: NewAccess,
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Give the person exactly this access; LastAdministrator where nobody would administer the
    company, LastKeeper where nobody would administer a service that needs it."""
    lock_company(company)
    held = [grant.scopes for grant in managed_grants(company, user, at=at)]
    check_reach(company, [access.scopes, *held], by=by, at=at)
    stays = access.level == ADMINISTER and not access.until
    _keep_the_keepers(company, user, kept=access.scopes if stays else (), at=at)
    if not stays:
        _keep_an_administrator(company, user, at=at)
    apply_access(company, user, access, by=by, at=at, request=request)


@transaction.atomic
def end_access(
    company: Company, user: User, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """End what staff or an invitation gave; LastAdministrator where nobody would administer the
    company, LastKeeper where nobody would administer a service that needs it."""
    lock_company(company)
    _keep_the_keepers(company, user, at=at)
    _keep_an_administrator(company, user, at=at)
    for grant in managed_grants(company, user, at=at):
        revoke_grant(grant, at=at, by=by, request=request)


def check_reach(
    company: Company, scopes: Iterable[Iterable[str]], *, by: User, at: datetime
) -> None:
    """Raises ValidationError for services that this administrator does not have."""
    reach = reach_of(by, company, at=at)
    if not all(map(reach.covers, scopes)):
        raise ValidationError(
            _("You can only give and change access to services that you have yourself.")
        )


def lock_company(company: Company) -> None:
    """Two administrators who change each other at once do it one after the other."""
    Company.objects.select_for_update().get(pk=company.pk)


def _keep_an_administrator(company: Company, leaving: User, *, at: datetime) -> None:
    """Somebody who administers without an end must remain."""
    admins = Grant.objects.in_force(at).filter(
        company=company, level=ADMINISTER, user__is_active=True
    )
    lasting = admins.filter(valid_until=None).exclude(user=leaving)
    if admins.filter(user=leaving).exists() and not lasting.exists():
        raise LastAdministrator


def _keep_the_keepers(
    company: Company, leaving: User, *, kept: Collection[str] = (), at: datetime
) -> None:
    """Somebody who administers each service that needs it, without an end, must remain."""
    admins = Grant.objects.in_force(at).filter(
        company=company, level=ADMINISTER, valid_until=None, user__is_active=True
    )
    for name in (one.name for one in desks.services().values() if one.needs_keeper):
        keepers = admins.opening(name)
        is_one = name not in kept and keepers.filter(user=leaving).exists()
        if is_one and not keepers.exclude(user=leaving).exists():
            raise LastKeeper(name)


def apply_access(
    company: Company,
    user: User,
    access: NewAccess,
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None,
) -> None:
    """Give this access on its places, and end what there is on others."""
    wanted: dict[tuple[str, int], Company | Unit] = {
        (type(place).__name__, place.pk): place for place in access.places
    }
    sources: dict[tuple[str, int], tuple[str, str]] = {}
    for grant in managed_grants(company, user, at=at):
        key = ("Company", grant.company_id) if grant.company_id else ("Unit", grant.unit_id or 0)
        if key in wanted and key not in sources:
            sources[key] = (grant.source, grant.source_key)
        else:
            revoke_grant(grant, at=at, by=by, request=request)
    for key, place in wanted.items():
        source, source_key = sources.get(key, (Grant.Source.INVITATION, ""))
        grant_access(
            user, place, level=access.level, scopes=access.scopes, source=source,
            source_key=source_key, valid_until=access.until, by=by, at=at, request=request,
        )  # fmt: skip
