"""What a request may reach: its person, how the session was opened, the grants, the place chosen."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, Value, When
from django.http import HttpRequest
from django.utils import timezone

from portal import desks
from portal.accounts import visits
from portal.accounts.models import Grant, Unit, UnitQuerySet, User, opens
from portal.accounts.opening import SESSION_KEY, Opening, opening_of
from portal.accounts.places import (
    FIELDS,
    HELD_FIELDS,
    Chosen,
    HeldGrant,
    Place,
    grants_and_places,
)

CHOSEN_KEY = "context"  # of the session
IN_MENU = 8  # places that the switcher lists
# More grants than this are left to the database to look up.
_MANY = 2_000


class RequestScope:
    """Each part is read when it is asked for, once per request. Views get theirs by ``scope_of``."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def user(self) -> User:
        """The person who is signed in, as a row and not the request's lazy stand-in.

        PermissionDenied for a stranger, whom LoginRequiredMiddleware turns away before.
        """
        user: Any = self.request.user
        if not isinstance(user, User):
            raise PermissionDenied
        person: User = getattr(user, "_wrapped", user)
        return person

    @cached_property
    def opening(self) -> Opening:
        """By what the session was opened: a certificate, or a password."""
        return opening_of(self.request)

    @property
    def sees_every_company(self) -> bool:
        """Whether this is staff to whom all clients are open: they search, they don't switch."""
        return self.user.is_staff and self.user.has_perm("accounts.view_unit")

    @cached_property
    def grants(self) -> list[HeldGrant]:
        """The grants that count in this session. One query; none after ``places`` was read."""
        rows = Grant.objects.held_by(self.user, timezone.now()).values_list(*HELD_FIELDS)
        return [HeldGrant(*row) for row in rows]

    @property
    def administers(self) -> bool:
        """Whether the person manages the users of some company in this session."""
        return any(
            grant.level == Grant.Level.ADMINISTER and grant.company_is_active
            for grant in self.grants
        )

    def shows(self, service: str) -> bool:
        """Whether what a client finds of a service belongs on this person's pages: some grant
        opens it; or there is none at all, and the desk says how to get one."""
        if not self.grants:
            return not desks.services()[service].sensitive
        return any(opens(grant.scopes, service) for grant in self.grants)

    def units(self) -> UnitQuerySet:
        """The units that the person sees, whichever service opens them.

        What a client's grants name is written into the query: asked for inside of it, it would
        take twice as long (bench line 1).
        """
        if self.user.is_staff or len(self.grants) > _MANY:
            return Unit.objects.visible_to(self.user)
        units = [grant.unit_id for grant in self.grants if grant.unit_id]
        companies = [grant.company_id for grant in self.grants if grant.company_id]
        return Unit.objects.granted(units, companies)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """All of these units with their companies, by code. One query, for a client's grants, too."""
        if self.sees_every_company:
            rows = self.units().order_by("code").values_list(*FIELDS)
            return tuple(Place(*row) for row in rows)
        held = Grant.objects.held_by(self.user, timezone.now())
        self.__dict__["grants"], places = grants_and_places(held)
        return places

    @cached_property
    def first_places(self) -> tuple[Place, ...]:
        """One more than the switcher lists; what is chosen comes first, so that it is among them."""
        company, unit = self.chosen_keys
        chosen = Q(pk=unit) if unit is not None else Q(company=company or 0)
        units = self.units().alias(rank=Case(When(chosen, then=Value(0)), default=Value(1)))
        rows = units.order_by("rank", "company__name", "code").values_list(*FIELDS)
        return tuple(Place(*row) for row in rows[: IN_MENU + 1])

    def places_in(self, service: str) -> tuple[Place, ...]:
        """Those of ``places`` that a grant opens to this service."""
        places = self.places  # before the grants, which come with them
        grants = [grant for grant in self.grants if opens(grant.scopes, service)]
        if len(grants) == len(self.grants):
            return places
        units = {grant.unit_id for grant in grants}
        companies = {grant.company_id for grant in grants}
        return tuple(p for p in places if p.pk in units or p.company_pk in companies)

    @property
    def places_read(self) -> bool:
        """Whether ``places`` costs nothing more."""
        return "places" in self.__dict__

    @property
    def chosen_keys(self) -> tuple[int | None, int | None]:
        """Keys of the company and unit chosen, unchecked. None for who has no switcher to choose by."""
        if self.sees_every_company:
            return None, None
        kept = self.request.session.get(CHOSEN_KEY) if hasattr(self.request, "session") else None
        return (kept.get("company"), kept.get("unit")) if isinstance(kept, dict) else (None, None)

    @cached_property
    def chosen(self) -> Chosen:
        """What was chosen in the switcher, while the person may still see it."""
        company, unit = self.chosen_keys
        if company is None and unit is None:
            return Chosen()
        found = self._chosen_place(company, unit)
        if found is None:
            return Chosen()
        return Chosen(found.company, None if unit is None else found)

    def _chosen_place(self, company: int | None, unit: int | None) -> Unit | None:
        """The unit chosen, or one of the company chosen."""
        if self.places_read:
            known = [
                place for place in self.places
                if (place.pk == unit if unit is not None else place.company_pk == company)
            ]  # fmt: skip
            return known[0].as_unit() if known else None
        wanted = {"company": company} if unit is None else {"pk": unit}
        return self.units().filter(**wanted).select_related("company").first()

    def choose(self, *, company: int | None = None, unit: int | None = None) -> None:
        """Keep the choice, which must have been looked up among what the person may see."""
        self.request.session[CHOSEN_KEY] = {"company": company, "unit": unit}
        self.__dict__.pop("chosen", None)


def scope_of(request: HttpRequest) -> RequestScope:
    """This request's scope."""
    found: RequestScope | None = getattr(request, "_scope", None)
    if found is None:
        found = RequestScope(request)
        request._scope = found  # type: ignore[attr-defined]
    return found


def begin_session(request: HttpRequest, user: User, opening: Opening) -> None:
    """Note by what the session was opened that has just begun; what an earlier one kept, goes."""
    for key in (SESSION_KEY, CHOSEN_KEY, visits.KEY):
        request.session.pop(key, None)
    request.__dict__.pop("_scope", None)
    if opening.by_certificate:
        request.session[SESSION_KEY] = opening.as_json()
        request.session.set_expiry(0)  # ends with the browser, as the certificate's PIN does
    user.set_login_method(opening)
