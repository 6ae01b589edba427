"""Rows of a list made ready for the template: two thirds of a page's time was spent formatting."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from invoices.models import Document
from portal.money import format_brl
from portal.periods import format_period
from portal.ui.templatetags.ui import badge

WARN_DAYS = 30
INLINE_TYPES = frozenset({"application/pdf"})
RELEASE_TONES = {"pending": "wait", "released": "ok", "contested": "bad"}


@lru_cache(maxsize=32)
def _address(name: str) -> tuple[str, str]:
    before, _, after = reverse(f"invoices:{name}", args=[0]).partition("/0/")
    return f"{before}/", f"/{after}"


def address(name: str, pk: int) -> str:
    """``reverse`` for a document's pages, a hundred times on one page."""
    before, after = _address(name)
    return f"{before}{pk}{after}"


@lru_cache(maxsize=64)
def _badge(tone: str, text: str, language: str | None) -> SafeString:  # noqa: ARG001
    return render_to_string("ui/badge.html", badge(tone, text))


def badge_of(tone: str, text: str) -> SafeString:
    return _badge(tone, text, get_language())


def release_badge(release: str) -> str:
    """The badge of a release state; nothing for what is not subject to release."""
    if release not in RELEASE_TONES:
        return ""
    return badge_of(RELEASE_TONES[release], str(Document.Release(release).label))


def status_badge(status: str) -> str:
    """Only what is not simply published needs saying, and only staff see such documents."""
    if status == Document.Status.PUBLISHED:
        return ""
    return badge_of("muted", str(Document.Status(status).label))


def prepare(found: Iterable[Any], today: date, *, mark_new: bool) -> list[dict[str, Any]]:
    """Ready strings for named tuples of ``listing.ROW_FIELDS``; staff have no "new" marks."""
    soon = today + timedelta(days=WARN_DAYS)
    return [_prepare(row, soon, mark_new) for row in found]


def _prepare(row: Any, soon: date, mark_new: bool) -> dict[str, Any]:
    pk = row.pk
    inline = row.content_type in INLINE_TYPES
    ends_soon = row.available_until <= soon and not row.legal_hold
    until = f"{row.available_until:%d/%m/%Y}"
    return {
        "url": address("document", pk),
        "open": address("open", pk) if inline else "",
        "save": address("save", pk),
        "type": row.type__name,
        "number": row.number,
        "version": row.version if row.version > 1 else "",
        "status": status_badge(row.status),
        "unit": row.unit__code,
        "unit_name": row.unit__name,
        "period": format_period(row.period),
        "amount": "" if row.amount_cents is None else format_brl(row.amount_cents),
        "due": f"{row.due_date:%d/%m/%Y}" if row.due_date else "",
        # A common name of ICP-Brasil ends in the CNPJ: "NAME:00000000000191".
        "signed_by": row.signed_by.partition(":")[0],
        "until": badge_of("warn", until) if ends_soon else until,
        "held": gettext("kept on legal hold") if row.legal_hold else "",
        "release": release_badge(row.release),
        "new": mark_new and not row.known,
    }
