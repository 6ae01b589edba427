"""The company a person is working for: one of those they may see, or all of them."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Company, Grant

SESSION_KEY = "active_company"
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


def sees_every_company(request: HttpRequest) -> bool:
    """Whether this person is staff to whom all clients are open: they search, they don't switch."""
    user = request.user
    return user.is_staff and user.has_perm("accounts.view_unit")


def active_context(request: HttpRequest) -> Company | None:
    """The company chosen in the switcher, if it may still be seen; None means all of them."""
    if not hasattr(request, "_active_company"):
        request._active_company = _chosen(request)  # type: ignore[attr-defined]
    chosen: Company | None = request._active_company  # type: ignore[attr-defined]
    return chosen


def _chosen(request: HttpRequest) -> Company | None:
    chosen = request.session.get(SESSION_KEY) if hasattr(request, "session") else None
    if not isinstance(chosen, int) or not request.user.is_authenticated:
        return None
    return Company.objects.visible_to(request.user).filter(pk=chosen).first()


def choose(request: HttpRequest, company: Company | None) -> None:
    """Work for ``company`` from now on, or for all (None)."""
    request.session.pop(SESSION_KEY, None)
    if company is not None:
        request.session[SESSION_KEY] = company.pk
    request._active_company = company  # type: ignore[attr-defined]


def account_menu(request: HttpRequest) -> AccountMenu:
    """What the top bar needs, at the cost of one query, and one more where a company is chosen."""
    if not request.user.is_authenticated or sees_every_company(request):
        return AccountMenu([], more=False, active=None, administers=False)
    admin = Grant.objects.in_force(timezone.now()).filter(
        user=request.user, company=OuterRef("pk"), level=Grant.Level.ADMIN
    )
    found = list(
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
