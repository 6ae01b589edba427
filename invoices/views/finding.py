"""What the search box of the portal finds of the invoice desk."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from invoices.models import Document
from invoices.models.documents import SERVICE, may_see_all
from invoices.services import finding, listing
from portal import desks
from portal.accounts.places import Chosen
from portal.accounts.scope import RequestScope
from portal.money import format_brl
from portal.periods import format_period


def _scope(scope: RequestScope) -> listing.Scope:
    """All that this person may see, whatever place was chosen in the top bar."""
    now = timezone.now()
    if may_see_all(scope.user):
        return listing.Scope(scope.user, now)
    return listing.scope_among(scope.user, scope.places_in(SERVICE), Chosen(), now)


def find(scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    return [_hit(row) for row in finding.find(_scope(scope), text, limit)]


def list_url(scope: RequestScope, text: str) -> str:
    """For staff the administration's list; for a client the unit's, where one was typed."""
    if may_see_all(scope.user):
        return reverse("admin:invoices_document_changelist", query={"q": text})
    units = scope.places_in(SERVICE)
    code = next((unit.code for unit in units if unit.code.upper() == text.upper()), "")
    return reverse("invoices:list", query={"unit": code}) if code else ""


def _hit(row: Any) -> desks.Hit:
    version = f" v{row.version}" if row.version > 1 else ""
    state = "" if row.status == Document.Status.PUBLISHED else Document.Status(row.status).label
    amount = "" if row.amount_cents is None else format_brl(row.amount_cents)
    unit = f"{row.unit__code} – {row.unit__name}"
    return desks.Hit(
        title=f"{row.type__name} {row.number}{version}",
        text=" · ".join(str(t) for t in (unit, row.unit__company__name, amount, state) if t),
        url=reverse("invoices:document", args=[row.pk]),
        when=format_period(row.period),
    )
