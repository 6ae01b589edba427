"""Reads an agency's pages: its login form, and what it says. Runs in the sandbox: no models here."""

import codecs
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

MOST_TEXT = 200_000
MOST_HIDDEN = 100
_CAPTCHA = re.compile(r"captcha|turnstile", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?([\w-]{1,40})""", re.IGNORECASE)
_UNSEEN = {"script", "style", "template", "noscript", "title"}


@dataclass(frozen=True)
class LoginForm:
    """Where a login form goes, and its hidden inputs; ``text``: what its whole page says;
    ``charset``: in which a browser would send it."""

    action: str
    charset: str
    hidden: list[tuple[str, str]]
    has_captcha: bool
    text: str


@dataclass
class _Form:
    action: str
    method: str
    accepts: str
    names: set[str] = field(default_factory=set)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    has_captcha: bool = False


def read_form(
    body: bytes, charset: str, url: str, login_field: str, password_field: str
) -> LoginForm | None:
    """The posted form with these two fields; None where the page has none."""
    page = _read(body, charset)
    for form in page.forms:
        if {login_field, password_field} <= form.names and form.method == "post":
            return LoginForm(
                action=urljoin(page.base or url, form.action or url),
                charset=_sent_in(form.accepts, _charset(body, charset)),
                hidden=form.hidden[:MOST_HIDDEN], text=page.text,
                has_captcha=form.has_captcha or page.has_captcha,
            )  # fmt: skip
    return None


def read_text(body: bytes, charset: str) -> str:
    """What the page says, see ``folded``; scripts and styles are no part of it."""
    return _read(body, charset).text


def folded(text: str) -> str:
    """Blanks made one, in one case."""
    return " ".join(text.split()).casefold()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self.base = ""
        self.has_captcha = False
        self._open: _Form | None = None
        self._unseen = 0
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return folded("".join(self._parts))[:MOST_TEXT]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._parts.append(" ")
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "iframe") and _CAPTCHA.search(given.get("src", "")):
            self.has_captcha = True  # wherever it stands, it adds itself to the form
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "base" and not self.base:
            self.base = given.get("href", "")
        elif tag == "form" and self._open is None:  # a form in a form is none
            self._open = _Form(
                given.get("action", "").strip(), given.get("method", "").lower(),
                given.get("accept-charset", ""),
            )  # fmt: skip
            self.forms.append(self._open)
        if self._open is not None:
            self._note(self._open, tag, given)

    def _note(self, form: _Form, tag: str, given: dict[str, str]) -> None:
        named_after = (given.get(key, "") for key in ("name", "id", "class", "src"))
        form.has_captcha = form.has_captcha or any(map(_CAPTCHA.search, named_after))
        if tag == "input" and (name := given.get("name")):
            form.names.add(name)
            if given.get("type", "").lower() == "hidden":
                form.hidden.append((name, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self._parts.append(" ")
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag == "form":
            self._open = None

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(data)


def _read(body: bytes, charset: str) -> _Reader:
    reader = _Reader()
    reader.feed(body.decode(_charset(body, charset), errors="replace"))
    reader.close()
    return reader


def _charset(body: bytes, said: str) -> str:
    """As the answer's header says, else as the page does, else UTF-8."""
    meta = _CHARSET.search(body[:2048])
    for name in (said, meta[1].decode("ascii", "replace") if meta else ""):
        if _is_known(name):
            return name
    return "utf-8"


def _sent_in(accepts: str, pages_own: str) -> str:
    """The form's own charset, else its page's, as browsers take them: Latin-1 is Windows-1252."""
    chosen = next(filter(_is_known, accepts.replace(",", " ").split()), pages_own)
    name = codecs.lookup(chosen).name
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    return "utf-8" if name.startswith(("utf-16", "utf-32", "utf-7")) else name


def _is_known(name: str) -> bool:
    """Whether it names an encoding of texts."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True
