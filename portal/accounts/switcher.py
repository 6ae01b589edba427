"""Choosing the company or unit that a person works for, in the top bar or on a page of its own."""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.models import Unit
from portal.accounts.places import Chosen, Place
from portal.accounts.scope import IN_MENU, scope_of


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
    active: Chosen
    administers: bool

    @property
    def active_name(self) -> str:
        """The unit or company chosen; empty where it is all of them."""
        return str(self.active.unit or self.active.company or "")

    @property
    def has_several(self) -> bool:
        """Whether there is more than one company."""
        return len(self.companies) > 1 or self.more


def select_only_unit(request: HttpRequest) -> None:
    """After signing in: where there is one unit only, it is the one chosen."""
    scope = scope_of(request)
    if scope.sees_every_company:
        return
    found = scope.units().order_by("code").values_list("pk", "company_id")[:2]
    if len(found) == 1:
        unit, company = found[0]
        scope.choose(company=company, unit=unit)


def first_page(request: HttpRequest, next_url: str) -> str:
    """Where a session opened by a certificate begins: with the choice, where there is one."""
    scope = scope_of(request)
    if scope.sees_every_company or scope.chosen_keys[1] is not None:
        return next_url or reverse("ui:dashboard")
    query = f"?{urlencode({'next': next_url})}" if next_url else ""
    return reverse("accounts:context") + query


def account_menu(request: HttpRequest) -> AccountMenu:
    """What the top bar needs, at the cost of two queries once per request; of none where a list has read them."""
    scope = scope_of(request)
    if not request.user.is_authenticated or scope.sees_every_company:
        return AccountMenu((), more=False, active=Chosen(), administers=False)
    places = scope.places if scope.places_read else scope.first_places
    return AccountMenu(
        companies=_grouped(places[:IN_MENU]) if len(places) > 1 else (),
        more=len(places) > IN_MENU,
        active=scope.chosen if scope.places_read else _chosen_among(places, *scope.chosen_keys),
        administers=scope.administers,
    )


def _chosen_among(places: tuple[Place, ...], company: int | None, unit: int | None) -> Chosen:
    if unit is not None:
        place = next((place for place in places if place.pk == unit), None)
        return Chosen(place.as_company(), place.as_unit()) if place else Chosen()
    place = next((place for place in places if place.company_pk == company), None)
    return Chosen(place.as_company()) if place else Chosen()


def _grouped(places: tuple[Place, ...]) -> tuple[MenuCompany, ...]:
    companies: dict[tuple[int, str], list[Place]] = {}
    for place in sorted(places, key=lambda place: (place.company, place.code)):
        companies.setdefault((place.company_pk, place.company), []).append(place)
    return tuple(MenuCompany(pk, name, tuple(of)) for (pk, name), of in companies.items())


def choose(request: HttpRequest, *, company: int | None = None, unit: int | None = None) -> None:
    """Work for this company or unit from now on, or for all (neither).

    Raises Unit.DoesNotExist for one that the person may not see.
    """
    scope = scope_of(request)
    if unit is None and company is None:
        scope.choose()
        return
    wanted = {"company": company} if unit is None else {"pk": unit}
    found = scope.units().filter(**wanted).values_list("pk", "company_id").first()
    if found is None:
        raise Unit.DoesNotExist
    scope.choose(company=found[1], unit=None if unit is None else found[0])
