"""The company a person is working for: one of those they may see, or all of them."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.access import CONTEXT_KEY, active_context
from portal.accounts.models import Company, Grant, User

IN_MENU = 8


@dataclass(frozen=True)
class AccountMenu:
    """What the top bar offers to this person.

    ``companies`` are the first few of those the person may choose between, empty when there is
    nothing to choose; ``more`` says that there are others.
    """

    companies: list[Company]
    more: bool
    active: Company | None
    administers: bool


def signed_in(request: HttpRequest) -> User:
    """The request's user, whom LoginRequiredMiddleware has let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def sees_every_company(request: HttpRequest) -> bool:
    """Whether this person is staff to whom all clients are open: they search, they don't switch."""
    user = signed_in(request)
    return user.is_staff and user.has_perm("accounts.view_unit")


def choose(request: HttpRequest, company: Company | None) -> None:
    """Work for ``company`` from now on, or for all (None)."""
    request.session.pop(CONTEXT_KEY, None)
    if company is not None:
        request.session[CONTEXT_KEY] = company.pk


def account_menu(request: HttpRequest) -> AccountMenu:
    """What the top bar needs, at the cost of one query, and one more where a company is chosen."""
    if not request.user.is_authenticated or sees_every_company(request):
        return AccountMenu([], more=False, active=None, administers=False)
    admin = Grant.objects.in_force(timezone.now()).filter(
        user=request.user, company=OuterRef("pk"), level=Grant.Level.ADMIN
    )
    found: list[Any] = list(
        Company.objects.visible_to(request.user)
        .annotate(administered=Exists(admin))
        .order_by("-administered", "name")[: IN_MENU + 1]
    )
    administers = any(company.administered for company in found)
    several = found if len(found) > 1 else []
    return AccountMenu(
        companies=sorted(several[:IN_MENU], key=lambda company: company.name),
        more=len(several) > IN_MENU,
        active=active_context(request),
        administers=administers,
    )
