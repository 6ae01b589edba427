"""Markdown as HTML that is safe to show: what staff write, and the portal's own manuals."""

from dataclasses import dataclass
from typing import Any

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

# What a text needs; no frames or forms, no attribute but a link's own. Pictures: in manuals alone.
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}


@dataclass(frozen=True)
class Heading:
    """A heading of the second or third level, and the anchor that leads to it."""

    anchor: str
    title: str
    level: int


@dataclass(frozen=True)
class Document:
    """A long text: its HTML, its headings, its length."""

    html: SafeString
    contents: list[Heading]
    words: int


def render_markdown(text: str) -> SafeString:
    """HTML of ``text``, whoever wrote it; its highest heading is an ``h2``, below the page's own."""
    html = markdown.markdown(
        text,
        extensions=["sane_lists", "toc"],
        extension_configs={"toc": {"baselevel": 2, "marker": ""}},
    )
    return _clean(html, {"a": {"href", "title"}})


def render_document(text: str) -> Document:
    """A manual's text, with pictures; its headings can be linked to. ``{#anchor}`` after a heading
    names its anchor."""
    reader: Any = markdown.Markdown(extensions=["sane_lists", "toc", "attr_list"])
    html = reader.convert(text)
    contents = [
        Heading(entry["id"], entry["name"], entry["level"])
        for top in reader.toc_tokens
        for entry in (top, *top["children"])
    ]
    allowed = {"a": {"href", "title"}, "h2": {"id"}, "h3": {"id"}, "img": {"src", "alt"}}
    return Document(_clean(html, allowed, also={"img"}), contents, len(text.split()))


def _clean(
    html: str, attributes: dict[str, set[str]], *, also: frozenset[str] | set[str] = frozenset()
) -> SafeString:
    clean = nh3.clean(
        html, tags=_TAGS | also, attributes=attributes, url_schemes=_SCHEMES, link_rel="noopener"
    )
    return mark_safe(clean)  # noqa: S308
