"""What the invoice desk offers to the portal: menu entries, dashboard cards, personal data.

Imported once, when Django is ready.
"""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoices.services.history import personal_events
from invoices.views import cards
from portal import hooks
from portal.gate import may_work


def _reads_documents(request: HttpRequest) -> bool:
    """Clients, and staff who may look at documents."""
    return not request.user.is_staff or request.user.has_perm("invoices.view_document")


def _is_client(request: HttpRequest) -> bool:
    return not request.user.is_staff


hooks.nav_items += [
    hooks.NavItem(_("Billing reports"), "invoices:list", "receipt", "client", 10, _reads_documents),
    hooks.NavItem(
        _("Attached reports"),
        "invoices:reports",
        "file-earmark-spreadsheet",
        "client",
        20,
        _reads_documents,
    ),
    hooks.NavItem(
        _("Questions"), "invoices:questions", "question-circle", "client", 90, _is_client
    ),
]
hooks.nav_items.append(
    hooks.NavItem(
        _("Invoice drafts"),
        "invoices:drafts",
        "file-earmark-text",
        "staff",
        30,
        lambda request: may_work(request, "invoices.publish_document"),
    )
)
hooks.nav_items.append(
    hooks.NavItem(
        _("Publishing"),
        "invoices:batches",
        "upload",
        "staff",
        20,
        lambda request: may_work(request, "invoices.publish_document"),
    )
)
hooks.nav_items.append(
    hooks.NavItem(
        _("Purge reports"),
        "invoices:purge_runs",
        "trash",
        "staff",
        40,
        lambda request: may_work(request, "invoices.view_purgerun"),
    )
)
hooks.dashboard_cards += [cards.client_card, cards.staff_card, cards.chart_card]
hooks.personal_data["documents"] = personal_events
