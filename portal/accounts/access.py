"""Who is asking: the address, the permission, by what the session was opened, the place chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest, HttpResponseBase

from portal.accounts.models import Company, Unit, User
from portal.accounts.opening import SESSION_KEY, Opening
from portal.accounts.places import loaded

CONTEXT_KEY = "context"
_CACHED = "_active_context"
V = TypeVar("V", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Context:
    """What a person works for: a company, one unit of it, or (neither) all that they may see.

    With a unit the company is the unit's.
    """

    company: Company | None = None
    unit: Unit | None = None


def active_context(request: HttpRequest) -> Context:
    """What was chosen in the context switcher, while the person may still see it."""
    found: Context | None = getattr(request, _CACHED, None)
    if found is None:
        found = _context(request)
        setattr(request, _CACHED, found)
    return found


def set_context(
    request: HttpRequest, *, company: int | None = None, unit: int | None = None
) -> None:
    """Keep the choice, which must have been looked up among what the person may see."""
    request.session[CONTEXT_KEY] = {"company": company, "unit": unit}
    if hasattr(request, _CACHED):
        delattr(request, _CACHED)


def chosen_keys(request: HttpRequest) -> tuple[int | None, int | None]:
    """Keys of the company and unit chosen, unchecked."""
    kept = request.session.get(CONTEXT_KEY) if hasattr(request, "session") else None
    return (kept.get("company"), kept.get("unit")) if isinstance(kept, dict) else (None, None)


def _context(request: HttpRequest) -> Context:
    company, unit = chosen_keys(request)
    if company is None and unit is None:
        return Context()
    if (places := loaded(request)) is not None:
        known = (p for p in places if (p.company_pk == company if unit is None else p.pk == unit))
        place = next(known, None)
        if place is None:
            return Context()
        return Context(place.as_company(), None if unit is None else place.as_unit())
    units = Unit.objects.visible_to(request.user).select_related("company")
    found = units.filter(pk=unit) if unit is not None else units.filter(company=company)
    row = found.first()
    if row is None:
        return Context()
    return Context(row.company, row if unit is not None else None)


def opening_of(request: HttpRequest) -> Opening:
    """By what this session was opened: a certificate, or a password."""
    return Opening.from_json(request.session.get(SESSION_KEY))


def remember_opening(request: HttpRequest, user: User, opening: Opening) -> None:
    """Note it in the session that has just been opened; what an earlier one was, is forgotten."""
    request.session.pop(SESSION_KEY, None)
    request.session.pop(CONTEXT_KEY, None)
    if opening.by_certificate:
        request.session[SESSION_KEY] = opening.as_json()
        request.session.set_expiry(0)  # ends with the browser, as the certificate's PIN does
    user.come_by(opening)


def personal(view: V) -> V:
    """Marks a page as the person's own: a session that an e-CNPJ opened has no business there."""
    view.personal = True  # type: ignore[attr-defined]
    return view
