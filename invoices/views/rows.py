"""Rows of a list made ready for the template: two thirds of a page's time was spent formatting."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
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
    return _release_badge(release, get_language())


@lru_cache(maxsize=16)
def _release_badge(release: str, language: str | None) -> str:  # noqa: ARG001
    if release not in RELEASE_TONES:
        return ""
    return badge_of(RELEASE_TONES[release], str(Document.Release(release).label))


def status_badge(status: str) -> str:
    """Only what is not simply published needs saying, and only staff see such documents."""
    if status == Document.Status.PUBLISHED:
        return ""
    return badge_of("muted", str(Document.Status(status).label))


def prepare(
    found: Iterable[Any], today: date, *, mark_new: bool, invoices: bool
) -> list[dict[str, Any]]:
    """The rows of a list, from named tuples of ``listing.ROW_FIELDS``; staff have no "new" marks.

    Each has its ``html`` ready: the row's template is drawn once, with gaps, and filled in here.
    """
    soon = today + timedelta(days=WARN_DAYS)
    language = get_language()
    words = _words(language)
    rows = [_values(row, soon, words, mark_new=mark_new) for row in found]
    for row in rows:
        pattern = _pattern(invoices, bool(row["open"]), language)
        text = pattern % {**row, **{gap: _text(row[gap]) for gap in TEXTS}}
        # The pattern is what a template drew, texts are escaped, the rest are numbers and days.
        row["html"] = mark_safe(text)  # noqa: S308
    return rows


# A page says the same few names again and again.
@lru_cache(maxsize=4096, typed=True)
def _text(value: str) -> str:
    return value if isinstance(value, SafeString) else escape(value)


@lru_cache(maxsize=1024)
def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


TEXTS = ("type", "number", "marks", "unit", "due", "until", "signed_by", "release")
GAPS = (*TEXTS, "url", "period", "amount", "open", "save")


@lru_cache(maxsize=16)
def _pattern(invoices: bool, inline: bool, language: str | None) -> str:  # noqa: ARG001
    """``invoices/_row.html`` with a ``%(gap)s`` for each value."""
    row = {name: f"\x02{name}\x03" for name in GAPS}
    context = {"row": row, "invoices": invoices, "inline": inline}
    text: str = render_to_string("invoices/_row.html", context)
    text = re.sub(r">\s+<", "><", text.strip()).replace("%", "%%")
    return text.replace("\x02", "%(").replace("\x03", ")s")


@lru_cache(maxsize=16)
def _words(language: str | None) -> dict[str, str]:  # noqa: ARG001
    """The words of every row, looked up once."""
    return {
        "new": badge_of("info", gettext("New")),
        "version": gettext("version"),
        "due": gettext("due"),
        "signed": gettext("signed by"),
        "held": gettext("kept on legal hold"),
    }


def _values(row: Any, soon: date, words: dict[str, str], *, mark_new: bool) -> dict[str, Any]:
    pk = row.pk
    until = _day(row.available_until)
    if row.legal_hold:
        until = f"{until}, {words['held']}"
    elif row.available_until <= soon:
        until = badge_of("warn", until)
    is_new = mark_new and not row.known
    version = f" · {words['version']} {row.version}" if row.version > 1 else ""
    # A common name of ICP-Brasil ends in the CNPJ: "NAME:00000000000191".
    signer = row.signed_by.partition(":")[0]
    return {
        "url": address("document", pk),
        "open": address("open", pk) if row.content_type in INLINE_TYPES else "",
        "save": address("save", pk),
        "type": row.type__name,
        "number": f"{row.number}{version}",
        "new": is_new,
        "marks": words["new"] if is_new else status_badge(row.status),
        "unit": f"{row.unit__code} – {row.unit__name}",
        "period": format_period(row.period),
        "amount": "" if row.amount_cents is None else format_brl(row.amount_cents),
        "due": f"{words['due']} {_day(row.due_date)}" if row.due_date else "",
        "signed_by": f"{words['signed']} {signer}",
        "until": until,
        "release": release_badge(row.release),
    }
