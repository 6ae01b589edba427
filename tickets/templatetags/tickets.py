"""How entries of a service order are shown."""

from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe

from tickets.models import Entry
from tickets.services import prose

register = template.Library()


@register.filter
def own_words(entry: Entry) -> SafeString:
    """What is read at once: the page, cleaned again, or the text without what it quotes."""
    if entry.html:
        return mark_safe(prose.cleaned(entry.html))  # noqa: S308
    own = entry.text if entry.quoted_from is None else entry.text[: entry.quoted_from]
    return mark_safe(linebreaks(own.strip(), autoescape=True))  # noqa: S308 (escaped)


@register.filter
def quoted_words(entry: Entry) -> str:
    """What is folded behind "show quoted text"; empty for a page, which folds its own."""
    if entry.html or entry.quoted_from is None:
        return ""
    return entry.text[entry.quoted_from :].strip()
