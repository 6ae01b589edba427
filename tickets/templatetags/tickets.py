"""How entries of a service order are shown."""

from dataclasses import dataclass

from django import template
from django.utils.safestring import SafeString, mark_safe

from tickets.models import Attachment, Entry
from tickets.services import prose, showing

register = template.Library()


@dataclass(frozen=True)
class Parts:
    """Of an entry: what is read at once, what is folded, and the files below."""

    own: SafeString
    quoted: SafeString
    files: list[Attachment]


@register.simple_tag
def entry_parts(entry: Entry) -> Parts:
    """``{% entry_parts entry as parts %}``; ``parts.own`` and ``parts.quoted`` are clean HTML."""
    found = showing.shown(entry)
    return Parts(as_markup(found.own), as_markup(found.quoted), found.files)


@register.filter
def as_markup(html: str) -> SafeString:
    """The parts of an entry as ``showing.shown`` gives them: cleaned there, so not escaped here."""
    return mark_safe(html)  # noqa: S308


@register.filter
def words(html: str) -> str:
    """The text of clean HTML: paragraphs stay apart."""
    return prose.as_text(html)


@register.filter
def of_entry(found: dict[int, list[str]] | None, entry: Entry) -> list[str]:
    """The addresses that ``undelivered`` has for this entry."""
    return (found or {}).get(entry.pk, [])
