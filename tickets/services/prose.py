"""What people write: HTML of the editor cleaned by the list that mail is cleaned by, text, and the
way from one to the other."""

import re
from html import escape, unescape

from django.utils.html import linebreaks

from tickets.mail import html as markup

_LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.DOTALL)
_HREF = re.compile(r'\shref="([^"]*)"')
_TAG = re.compile(r"<[^<>]*>")
# Blank to the eye: a page of these says nothing.
_BLANK = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]*")


def cleaned(html: str) -> str:
    """The same without scripts, styles, pictures or frames; links are told to leak nothing.

    What is too long or nested too deep to be cleaned becomes its bare text.
    """
    html = html.replace("\0", "")
    if markup.is_too_heavy(html):
        return as_html(markup.bare_text(html))
    return markup.clean(html, lambda _content_id: None)


def as_text(html: str) -> str:
    """The words of it as a mail would show them: quotes by ``>``, addresses behind links."""
    return markup.text_of(_LINK.sub(_with_address, cleaned(html))).strip()


def as_html(text: str) -> str:
    """Plain text as paragraphs, escaped."""
    return str(linebreaks(text.replace("\0", ""), autoescape=True))


def is_blank(text: str) -> bool:
    """Whether nothing is to be read there."""
    return _BLANK.fullmatch(text) is not None


def said_in(message: str, html: str) -> tuple[str, str]:
    """Text and page of what was typed: the editor's page where it says something, else the text."""
    page = cleaned(html) if html else ""
    text = as_text(page)
    if is_blank(markup.bare_text(page)):
        return message.replace("\0", "").replace("\r\n", "\n").strip(), ""
    return text, page


def _with_address(link: re.Match[str]) -> str:
    """The link with its address in words, unless its own words say it."""
    found = _HREF.search(link[1])
    address = unescape(found[1]) if found else ""
    bare = re.sub(r"^(?:mailto:|tel:|https?://)", "", address).rstrip("/")
    if not bare or bare in unescape(_TAG.sub("", link[2])):
        return link[0]
    return f"<a{link[1]}>{link[2]} ({escape(address, quote=False)})</a>"
