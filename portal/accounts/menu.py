"""What people and access add to the menu and to the first page."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import hooks
from portal.accounts.access import may_work
from portal.accounts.models import AccessRequest

DECIDE = "accounts.decide_accessrequest"
ERASE = "accounts.decide_erasurerequest"


def register() -> None:
    hooks.nav_items.append(
        hooks.NavItem(
            _("Access requests"), "accounts:access_requests", "person-plus", "staff", 60,
            lambda request: may_work(request, DECIDE),
        )
    )  # fmt: skip
    hooks.nav_items.append(
        hooks.NavItem(
            _("Erasure requests"), "accounts:erasures", "trash", "staff", 65,
            lambda request: may_work(request, ERASE),
        )
    )  # fmt: skip
    hooks.dashboard_cards.append(waiting_requests)


def waiting_requests(request: HttpRequest) -> hooks.Card | None:
    """For staff who decide: the oldest requests that wait."""
    if not may_work(request, DECIDE):
        return None
    rows = AccessRequest.objects.filter(status=AccessRequest.Status.PENDING).order_by(
        "created_at", "pk"
    )
    waiting = list(rows[:6])
    if not waiting:
        return None
    context = {"rows": waiting[:5], "more": len(waiting) > 5}
    return hooks.Card(60, "accounts/cards/access_requests.html", context)
