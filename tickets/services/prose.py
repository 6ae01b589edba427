"""What people write with the editor: cleaned by our own list, and the same as plain text."""

import re
from html import unescape

import nh3
from django.utils.html import linebreaks

TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "i", "li", "ol", "p",
    "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
SCHEMES = {"http", "https", "mailto", "tel"}
_BREAK = re.compile(r"<br[^>]*>|</(?:p|div|h\d|li|tr|blockquote|pre|table)>", re.IGNORECASE)


def cleaned(html: str) -> str:
    """The same without scripts, styles, pictures or frames."""
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip


def as_text(html: str) -> str:
    """The words of it, a line for each paragraph."""
    text = nh3.clean(_BREAK.sub(lambda tag: tag[0] + "\n", html), tags=set())
    return re.sub(r"\n{3,}", "\n\n", unescape(text)).replace("\0", "").strip()


def as_html(text: str) -> str:
    """Plain text as paragraphs, escaped."""
    return linebreaks(text, autoescape=True)


def said_in(message: str, html: str) -> tuple[str, str]:
    """Text and page of what was typed: the editor's page where it says something, else the text."""
    page = cleaned(html) if html else ""
    text = as_text(page)
    return (text, page) if text else (message.replace("\0", "").replace("\r\n", "\n").strip(), "")
