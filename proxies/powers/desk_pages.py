"""What the pages of powers of attorney add to the portal: see ``proxies.powers.desk``."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.limits import Limit
from portal.accounts.scope import scope_of
from portal.permissions import may_work
from proxies.powers.models import VIEW, opened_by_e_cpf, proven_cpf_of
from proxies.powers.views import cards, finding
from proxies.powers.views.granting import LIMIT
from proxies.powers.views.verification import LIMIT as VERIFY

URLS = "proxies.powers.urls"
LIMITS: Mapping[str, Any] = {VERIFY: Limit(60, 600), LIMIT: Limit(60, 3600)}


def _grants(request: HttpRequest) -> bool:
    """To whoever acts for a company here: with its e-CNPJ, or as its administrator."""
    if not request.user.is_authenticated or request.user.is_staff:
        return False
    scope = scope_of(request)
    return scope.user.is_limited or scope.administers


def _receives(request: HttpRequest) -> bool:
    """To whoever came with an e-CPF, with which powers are accepted and used."""
    if not request.user.is_authenticated or request.user.is_staff:
        return False
    return opened_by_e_cpf(scope_of(request).user)


def _not_staff(request: HttpRequest) -> bool:
    return not (request.user.is_authenticated and request.user.is_staff)


def _finds(request: HttpRequest) -> bool:
    known = request.user.is_authenticated and bool(proven_cpf_of(scope_of(request).user))
    return may_work(request, VIEW) or _grants(request) or known


def _is_staff(request: HttpRequest) -> bool:
    return may_work(request, VIEW)


GRANT = desks.Link(
    label=_("Grant a power of attorney"), url_name="powers:grant", icon="file-earmark-check",
    text=_(
        "With an electronic power of attorney an employee or the accountant uses the portal for the "
        "company, with an e-CPF of their own."
    ),
    visible=_not_staff,
)  # fmt: skip
RECEIVED = desks.Link(
    label=_("Powers of attorney received"), url_name="powers:received", icon="inbox", order=60,
    text=_("What companies gave to your CPF, to be accepted or declined."), visible=_receives,
)  # fmt: skip
VERIFICATION = desks.Link(
    label=_("Verify a power of attorney"), url_name="powers:verify", icon="qr-code", order=62
)
PARTS: dict[str, Any] = {
    "nav": [
        desks.NavItem(
            _("Powers of attorney granted"), "powers:granted", "file-earmark-check", "client", 32, _grants
        ),
        desks.NavItem(
            _("Powers of attorney received"), "powers:received", "inbox", "client", 34, _receives
        ),
        desks.NavItem(
            _("Electronic powers of attorney"), "powers:desk", "file-earmark-check", "staff", 46,
            _is_staff,
        ),
    ],
    "choice": [GRANT, RECEIVED],
    "cards": [cards.waiting, cards.to_look_at],
    "sitemap": [
        desks.Link(
            label=_("Electronic power of attorney"), url_name="powers:grant", order=61
        ),
        VERIFICATION,
    ],
    "search": [
        desks.SearchSource(
            label=_("Electronic powers of attorney"), icon="file-earmark-check", order=32,
            find=finding.find, visible=_finds,
        )
    ],
    "help": desks.Manual(
        slug="procuracao-eletronica", title=_("Electronic power of attorney"),
        text=_("How a company grants one with its e-CNPJ, how it is accepted with an e-CPF, and how it ends."),
    ),
}  # fmt: skip
