"""What the pages of offices add to the desk of accesses: see ``proxies.desk``."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.scope import scope_of
from portal.permissions import may_work
from proxies.models.offices import SERVICE, VIEW
from proxies.views import cards, finding


def has_office(request: HttpRequest) -> bool:
    return request.user.is_authenticated and scope_of(request).shows(SERVICE)


def _is_staff(request: HttpRequest) -> bool:
    return may_work(request, VIEW)


NAV = [
    desks.NavItem(_("Offices"), "proxies:offices", "building", "client", 30, has_office),
    desks.NavItem(_("Accesses of offices"), "proxies:desk", "key", "staff", 45, _is_staff),
]
SITEMAP = [
    desks.Link(label=_("Offices"), url_name="proxies:offices", order=30, visible=has_office),
]
CARDS = [cards.office_card]
SEARCH = desks.SearchSource(
    label=_("Accesses of the office"), icon="key", order=30, find=finding.find,
    visible=has_office,
)  # fmt: skip
AUDIT_WORDS = {
    "proxy.exported": _("Took along a list of accesses of an office"),
    "office_client.created": _("Registered a client of an office"),
    "office_client.changed": _("Changed a client of an office"),
    "office_client.ended": _("Noted the end of the contract of a client of an office"),
    "office_client.served": _("Noted that an office serves a client again"),
}
