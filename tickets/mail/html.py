"""HTML of strangers: cleaned by our own list, and read as lines of text.

Cleaning takes time that grows with the square of the depth, so the first cleaning of a mail happens
in the sandbox (``tickets.mail.reading``), and not at all for what ``is_too_heavy``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape, unescape
from urllib.parse import unquote

import nh3

DEEPEST = 500  # elements of cleaned HTML
MOST_CHARACTERS = 2_000_000
_MOST_OPEN = 2_000
_NESTING = re.compile(
    r"<(/?)(?:a|b|big|blockquote|center|div|em|fieldset|font|form|i|small|span|strong|table|u|ul|ol)\b",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"<(?:br|p|div|tr|li|h[1-6]|blockquote)\b[^<>]*>", re.IGNORECASE)
_UNSEEN = re.compile(r"(</?(?:script|style|title)\b[^<>]*>|<!--|-->)", re.IGNORECASE)
_TAGS = {
    "a", "b", "blockquote", "br", "center", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "s", "span", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_CELL = {"colspan", "rowspan"}
_ATTRIBUTES = {
    "a": {"href", "title"}, "img": {"src", "alt", "width", "height"}, "ol": {"start"},
    "td": _CELL, "th": _CELL,
}  # fmt: skip
_WITHOUT_CONTENT = {"script", "style", "title", "template", "noscript", "object", "select", "svg"}
_LINKS = ("http://", "https://", "mailto:", "tel:")
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_VOID = {"br", "hr", "img"}
_PARAGRAPHS = {"blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre",
               "table", "ul"}  # fmt: skip
_LINES = _PARAGRAPHS | {"center", "dd", "div", "dt", "li", "tr"}
_ATTRIBUTE = r'\s[a-z-]+="[^"]*"'
# What nh3 writes is regular: tags are balanced, values quoted, "<" in texts escaped.
_TOKEN = re.compile(rf"<(?P<end>/?)(?P<tag>[a-z0-9]+)(?P<rest>(?:{_ATTRIBUTE})*)>|(?P<text>[^<]+)")
_PICTURE = re.compile(rf"<img((?:{_ATTRIBUTE})*)>")
_ALT = re.compile(r'\salt="([^"]*)"')
_SOURCE = re.compile(r'\ssrc="([^"]*)"')

AddressOf = Callable[[str], str | None]


@dataclass(frozen=True)
class Line:
    """A line as it is seen; ``start`` is where the HTML can be cut before it.

    ``level`` is how many block quotes it stands in.
    """

    start: int
    text: str
    level: int


def clean(html: str, address_of: AddressOf | None = None) -> str:
    """HTML that is safe to show, whoever wrote it; tags balanced.

    Pictures of the mail itself get the address that ``address_of`` gives for their Content-ID;
    without it they keep ``cid:…``. All others become their alternative text: a remote picture tells
    its sender who reads the mail, and when.
    """
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_WITHOUT_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: _attribute(tag, name, value, address_of),
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return _PICTURE.sub(_shown, cleaned)


def is_too_heavy(html: str) -> bool:
    """Whether HTML is too long to be cleaned, or seems to be nested too deep for it."""
    level = deepest = 0
    for found in _NESTING.finditer(html[: MOST_CHARACTERS + 1]):
        level = max(level - 1, 0) if found[1] else level + 1
        deepest = max(deepest, level)
    return len(html) > MOST_CHARACTERS or deepest > _MOST_OPEN


def bare_text(html: str) -> str:
    """All that stands between tags, for HTML that cannot be cleaned."""
    seen, is_seen = [], True
    for piece in _UNSEEN.split(html):
        if _UNSEEN.fullmatch(piece):
            is_seen = piece.startswith("</") or piece == "-->"
        elif is_seen:
            seen.append(piece)
    text = re.sub(r"<[^<>]*>", "", _BREAKS.sub("\n", "".join(seen)))
    return re.sub(r"\n{3,}", "\n\n", unescape(text)).strip()


def _attribute(tag: str, name: str, value: str, address_of: AddressOf | None) -> str | None:
    value = value.strip()
    if name == "href":
        return value if value.lower().startswith(_LINKS) else None
    if tag == "img" and name == "src":
        if value[:4].lower() != "cid:":
            return None
        return address_of(unquote(value[4:])) if address_of else value
    if name in {"width", "height", "start", "colspan", "rowspan"}:
        return value if re.fullmatch(r"[0-9]{1,4}", value) else None
    return value


def _shown(picture: re.Match[str]) -> str:
    if _SOURCE.search(picture[1]):
        return picture[0]
    alt = _ALT.search(picture[1])
    return escape(unescape(alt[1])) if alt else ""


def content_ids(cleaned: str) -> set[str]:
    """The Content-IDs of the pictures that cleaned HTML shows."""
    sources = (_SOURCE.search(picture[1]) for picture in _PICTURE.finditer(cleaned))
    return {unquote(unescape(found[1])[4:]) for found in sources if found}


def depth(cleaned: str) -> int:
    """How deep elements of cleaned HTML are nested."""
    level = deepest = 0
    for token in _TOKEN.finditer(cleaned):
        if token["tag"] and token["tag"] not in _VOID:
            level += -1 if token["end"] else 1
            deepest = max(deepest, level)
    return deepest


def text_of(cleaned: str) -> str:
    """Cleaned HTML as plain text; quoted lines begin with ``>``."""
    rows = (("> " * line.level + line.text).rstrip(" ") for line in lines(cleaned))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip("\n")


def lines(cleaned: str) -> list[Line]:
    """The lines of cleaned HTML from top to bottom, blank ones included."""
    return list(_Reader().read(cleaned))


class _Reader:
    """Puts the texts between line breaks together."""

    def __init__(self) -> None:
        self.level = self.last_level = self.preformatted = self.cut = 0
        self.wants_blank = False
        self.line = Line(0, "", 0)

    def read(self, cleaned: str) -> Iterator[Line]:
        for token in _TOKEN.finditer(cleaned):
            if token["text"]:
                yield from self._text(unescape(token["text"]), token)
            else:
                yield from self._tag(token)
        if self.line.text.strip():
            yield self._ended()

    def _text(self, text: str, token: re.Match[str]) -> Iterator[Line]:
        if self.preformatted:
            yield from self._blank()
            *before, text = text.split("\n")
            for row in before:
                self._add(row, token)
                yield self._ended()
        else:
            text = re.sub(r"[ \t\r\n\f]+", " ", text)
        if text.strip() or self.line.text:
            yield from self._blank()
            self._add(text, token)

    def _add(self, text: str, token: re.Match[str]) -> None:
        if not self.line.text.strip():
            self.line = Line(self.cut, "", self.level)
            text = text if self.preformatted else text.lstrip(" ")
        self.line = replace(self.line, text=self.line.text + text.replace("\xa0", " "))
        self.cut = token.end()

    def _tag(self, token: re.Match[str]) -> Iterator[Line]:
        tag, is_end = token["tag"], bool(token["end"])
        if tag == "br":
            yield self._ended()
        elif tag == "img":
            alt = _ALT.search(token["rest"])
            yield from self._text(f"[{unescape(alt[1])}]" if alt and alt[1].strip() else "", token)
        elif tag in {"td", "th"} and self.line.text:
            self._add(" " if is_end else "", token)
        elif tag in _LINES:
            if self.line.text.strip():
                yield self._ended()
            self.wants_blank |= tag in _PARAGRAPHS
        step = -1 if is_end else 1
        self.level += step * (tag == "blockquote")
        self.preformatted += step * (tag == "pre")
        if tag == "li" and not is_end:
            self.line = Line(self.cut, "- ", self.level)
        if is_end or tag == "br":
            self.cut = token.end()

    def _blank(self) -> Iterator[Line]:
        """A blank line between paragraphs; none before the first."""
        if self.wants_blank and self.cut:
            yield Line(self.cut, "", min(self.level, self.last_level))
        self.wants_blank = False

    def _ended(self) -> Line:
        ended = replace(self.line, text=self.line.text.rstrip(" "))
        self.last_level = ended.level
        self.line = Line(self.cut, "", self.level)
        return ended


def cut(cleaned: str, at: int) -> tuple[str, str]:
    """Cleaned HTML before and from a place between tags; what is open there is closed and opened."""
    opened: list[re.Match[str]] = []
    for token in _TOKEN.finditer(cleaned, 0, at):
        if token["end"]:
            opened.pop()
        elif token["tag"] and token["tag"] not in _VOID:
            opened.append(token)
    closing = "".join(f"</{token['tag']}>" for token in reversed(opened))
    return cleaned[:at] + closing, "".join(token[0] for token in opened) + cleaned[at:]
