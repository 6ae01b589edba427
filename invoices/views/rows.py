"""Rows of the lists of documents: ready strings, since two thirds of a page's time was formatting."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.models import Document
from invoices.services.listing import Scope
from portal.money import format_brl
from portal.periods import format_period

WARN_DAYS = 30
INLINE_TYPES = frozenset({"application/pdf"})


def row_for(scope: Scope) -> Callable[[Any], dict[str, Any]]:
    """What makes a row of the template out of a named tuple of ``listing.ROW_FIELDS``."""
    soon = timezone.localdate(scope.at) + timedelta(days=WARN_DAYS)
    return lambda found: _row(found, soon, mark_new=not scope.user.is_staff)


def _row(found: Any, soon: date, *, mark_new: bool) -> dict[str, Any]:
    version = f" · {_('version')} {found.version}" if found.version > 1 else ""
    release = Document.Release(found.release)
    opens = found.content_type in INLINE_TYPES
    return {
        "url": reverse("invoices:document", args=[found.pk]),
        "open_url": reverse("invoices:open", args=[found.pk]) if opens else "",
        "save_url": reverse("invoices:save", args=[found.pk]),
        "type": found.type__name,
        "number": f"{found.number}{version}",
        "name": f"{found.type__name} {found.number}",
        "is_new": mark_new and not found.known,
        "status": ""
        if found.status == Document.Status.PUBLISHED
        else str(Document.Status(found.status).label),
        "unit": f"{found.unit__code} – {found.unit__name}",
        "period": format_period(found.period),
        "amount": "" if found.amount_cents is None else format_brl(found.amount_cents),
        "due": f"{found.due_date:%d/%m/%Y}" if found.due_date else "",
        "until": f"{found.available_until:%d/%m/%Y}",
        "is_held": found.legal_hold,
        "ends_soon": found.available_until <= soon and not found.legal_hold,
        "release": str(release.label),
        "release_tone": release.tone,
    }
