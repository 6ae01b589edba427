"""Markdown that staff write, as HTML that is safe to show."""

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

# What a text needs; no pictures, frames or forms, and no attribute but a link's own.
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}


def render_markdown(text: str) -> SafeString:
    """HTML of ``text``, whoever wrote it; its highest heading is an ``h2``, below the page's own."""
    html = markdown.markdown(
        text,
        extensions=["sane_lists", "toc"],
        extension_configs={"toc": {"baselevel": 2, "marker": ""}},
    )
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="noopener",
    )
    return mark_safe(clean)  # noqa: S308
