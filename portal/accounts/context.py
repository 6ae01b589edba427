"""What a person works for: a company or a unit of those they may see, or all of them."""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, Value, When
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.access import Context, active_context, chosen_keys, set_context
from portal.accounts.models import Unit, User
from portal.accounts.places import FIELDS, Place, administers, loaded, offered

IN_MENU = 8


class MenuCompany(NamedTuple):
    """A company in the switcher, with those of its units that may be chosen."""

    pk: int
    name: str
    units: tuple[Place, ...]


@dataclass(frozen=True)
class AccountMenu:
    """What the top bar offers to this person.

    ``companies`` with their units are what may be chosen, empty where there is nothing to choose;
    ``more`` says that there are more than the switcher lists.
    """

    companies: tuple[MenuCompany, ...]
    more: bool
    active: Context
    administers: bool

    @property
    def active_name(self) -> str:
        """The unit or company chosen; empty where it is all of them."""
        return str(self.active.unit or self.active.company or "")

    @property
    def has_several(self) -> bool:
        """Whether there is more than one company."""
        return len(self.companies) > 1 or self.more


def signed_in(request: HttpRequest) -> User:
    """The request's user, whom LoginRequiredMiddleware has let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def sees_every_company(request: HttpRequest) -> bool:
    """Whether this person is staff to whom all clients are open: they search, they don't switch."""
    user = signed_in(request)
    return user.is_staff and user.has_perm("accounts.view_unit")


def settle(request: HttpRequest) -> None:
    """After signing in: where there is one unit only, it is the one chosen."""
    if sees_every_company(request):
        return
    found = offered(request).order_by("code").values_list("pk", "company_id")[:2]
    if len(found) == 1:
        unit, company = found[0]
        set_context(request, company=company, unit=unit)


def first_page(request: HttpRequest, next_url: str) -> str:
    """Where a session opened by a certificate begins: with the choice, where there is one."""
    if sees_every_company(request) or chosen_keys(request)[1] is not None:
        return next_url or reverse("ui:dashboard")
    query = f"?{urlencode({'next': next_url})}" if next_url else ""
    return reverse("accounts:context") + query


def account_menu(request: HttpRequest) -> AccountMenu:
    """What the top bar needs, at the cost of two queries; of none where a list has read them."""
    if not request.user.is_authenticated or sees_every_company(request):
        return AccountMenu((), more=False, active=Context(), administers=False)
    found = loaded(request)
    places = _first(request) if found is None else tuple(found)
    active = active_context(request) if found is not None else _active(request, places)
    return AccountMenu(
        companies=_grouped(places[:IN_MENU]) if len(places) > 1 else (),
        more=len(places) > IN_MENU,
        active=active,
        administers=administers(request),
    )


def _first(request: HttpRequest) -> tuple[Place, ...]:
    """One more than the switcher lists; what is chosen comes first, so that it is among them."""
    company, unit = chosen_keys(request)
    chosen = Q(pk=unit) if unit is not None else Q(company=company or 0)
    units = offered(request).alias(rank=Case(When(chosen, then=Value(0)), default=Value(1)))
    rows = units.order_by("rank", "company__name", "code").values_list(*FIELDS)
    return tuple(Place(*row) for row in rows[: IN_MENU + 1])


def _active(request: HttpRequest, places: tuple[Place, ...]) -> Context:
    company, unit = chosen_keys(request)
    if unit is not None:
        return next((_context_of(p) for p in places if p.pk == unit), Context())
    known = next((p for p in places if p.company_pk == company), None)
    return Context(known.as_company()) if known else Context()


def _context_of(place: Place) -> Context:
    unit = place.as_unit()
    return Context(unit.company, unit)


def _grouped(places: tuple[Place, ...]) -> tuple[MenuCompany, ...]:
    companies: dict[tuple[int, str], list[Place]] = {}
    for place in sorted(places, key=lambda place: (place.company, place.code)):
        companies.setdefault((place.company_pk, place.company), []).append(place)
    return tuple(MenuCompany(pk, name, tuple(of)) for (pk, name), of in companies.items())


def choose(request: HttpRequest, *, company: int | None = None, unit: int | None = None) -> None:
    """Work for this company or unit from now on, or for all (neither).

    Raises Unit.DoesNotExist for one that the person may not see.
    """
    if unit is None and company is None:
        set_context(request)
        return
    units = Unit.objects.visible_to(signed_in(request))
    wanted = units.filter(pk=unit) if unit is not None else units.filter(company=company)
    found = wanted.values_list("pk", "company_id").first()
    if found is None:
        raise Unit.DoesNotExist
    set_context(request, company=found[1], unit=None if unit is None else found[0])
