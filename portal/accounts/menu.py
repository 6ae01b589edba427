"""What people and access add to the menu and to the first page."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import hooks
from portal.accounts.access import may_work, opening_of
from portal.accounts.context import signed_in
from portal.accounts.models import AccessRequest
from portal.accounts.services.certificate_only import companies_with_policy

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
    hooks.dashboard_cards += [waiting_requests, certificate_only_card]


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


def certificate_only_card(request: HttpRequest) -> hooks.Card | None:
    """For who came with a password: which of their companies that does not open, or soon will not."""
    if request.user.is_staff or opening_of(request).by_certificate:
        return None
    now = timezone.now()
    today = timezone.localdate(now)
    found = companies_with_policy(signed_in(request), at=now)
    if not found:
        return None
    closed = [company for company in found if company.requires_certificate(today)]
    coming = [company for company in found if not company.requires_certificate(today)]
    context = {"closed": closed, "coming": coming}
    return hooks.Card(5, "accounts/cards/certificate_only.html", context)
