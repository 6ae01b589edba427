"""The people of an office ("Usuários do escritório"), as its administrators look after them.

Invitations, grants and who may give what are ``portal.accounts``': here is what an office's page
adds to them, and that who goes is signed out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.labels import services_text
from portal.accounts.models import Company, Grant, User
from portal.accounts.services import NewAccess, end_sessions, team
from proxies.models.offices import offices_open_to

ADMINISTER = Grant.Level.ADMINISTER


@dataclass(frozen=True, kw_only=True)
class OfficePerson:
    """Somebody who has or had access to the office.

    ``active``: something is open to them now. ``blocked``: the provider blocked them everywhere.
    ``managed``: the viewer's own services reach as far as theirs. ``whole``: they have the whole
    office and not some of its units. ``ends_here``: something can be ended here; ``elsewhere``:
    part of it comes from a certificate or a power of attorney.
    """

    pk: int
    name: str
    email: str
    level: str
    services: str
    until: date | None
    last_entry: datetime | None
    active: bool
    blocked: bool
    is_self: bool
    managed: bool
    whole: bool
    ends_here: bool
    elsewhere: bool


def people_ever_at(office: Company) -> QuerySet[User]:
    """Who has or had access to the office or to one of its units."""
    whole = Grant.objects.filter(company=office).order_by().values("user")
    some = Grant.objects.filter(unit__company=office).order_by().values("user")
    people = User.objects.filter(pk__in=whole.union(some, all=True))
    return people.filter(is_staff=False, erased_at=None)


def people(
    office: Company, found: Iterable[User], *, viewer: User, at: datetime
) -> list[OfficePerson]:
    """These people, in their order. Four queries."""
    found = list(found)
    members = team.members(office, [user.pk for user in found], viewer=viewer, at=at)
    reach = team.reach_of(viewer, office, at=at)
    grants = list(team.grants_at(office).filter(user__in=found).order_by("pk"))
    latest = {grant.user_id: grant for grant in grants}
    whole = {grant.user_id for grant in grants if grant.company_id and not _is_over(grant, at)}
    return [
        _of_member(user, members[user.pk], whole=user.pk in whole)
        if user.pk in members
        else _of_former(user, latest[user.pk], viewer, reach)
        for user in found
        if user.pk in latest
    ]


def _is_over(grant: Grant, at: datetime) -> bool:
    return grant.revoked_at is not None or bool(grant.valid_until and grant.valid_until <= at)


def _of_member(user: User, member: team.Member, *, whole: bool) -> OfficePerson:
    return OfficePerson(
        pk=user.pk, name=user.name, email=member.email, level=member.level_label,
        services=member.services, until=member.until, last_entry=user.last_login,
        active=True, blocked=not user.is_active, is_self=member.is_self, managed=member.managed,
        whole=whole, ends_here=member.ends_here, elsewhere=member.elsewhere,
    )  # fmt: skip


def _of_former(user: User, latest: Grant, viewer: User, reach: team.Reach) -> OfficePerson:
    return OfficePerson(
        pk=user.pk, name=user.name, email=user.email or "", level=latest.get_level_display(),
        services=services_text(latest.scopes), until=None, last_entry=user.last_login,
        active=False, blocked=not user.is_active, is_self=user.pk == viewer.pk,
        managed=reach.covers(latest.scopes), whole=latest.company_id is not None,
        ends_here=False, elsewhere=False,
    )  # fmt: skip


def latest_grants(office: Company, user: User, *, at: datetime) -> list[Grant]:
    """What staff or an invitation gave this person here; of who has nothing any more, the last."""
    held = list(team.managed_grants(office, user, at=at))
    if held:
        return held
    given = team.grants_at(office).filter(user=user, source__in=team.MANAGED).order_by("-pk")
    return list(given.select_related("unit")[:1])


@transaction.atomic
def save_person(
    office: Company, user: User, access: NewAccess, *, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """Change what a person may do here, or give it anew to somebody who was deactivated.

    Raises ValidationError: LastAdministrator, LastKeeper, for services that ``by`` lacks, and
    when ``by`` does not administer the office any more.
    """
    _hold(office, by=by, at=at)
    if team.managed_grants(office, user, at=at).exists():
        team.change_access(office, user, access, by=by, at=at, request=request)
    else:
        team.check_reach(office, [access.scopes], by=by, at=at)
        team.apply_access(office, user, access, by=by, at=at, request=request)


@transaction.atomic
def deactivate(
    office: Company, user: User, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """End the person's access to this office, and sign them out everywhere, at once.

    Who deactivates themselves keeps the session in which they do it. Raises ValidationError:
    LastAdministrator, LastKeeper, and when ``by`` does not administer the office any more.
    """
    _hold(office, by=by, at=at)
    team.end_access(office, user, by=by, at=at, request=request)
    own = request.session.session_key if request and user.pk == by.pk else None
    end_sessions(user, keep=own or "")


def _hold(office: Company, *, by: User, at: datetime) -> None:
    """One after the other; who was deactivated a moment ago does nothing any more."""
    team.lock_company(office)
    if not offices_open_to(by, at=at, level=ADMINISTER).filter(pk=office.pk).exists():
        raise ValidationError(_("You do not administer this office any more."))
