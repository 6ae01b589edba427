"""Headers of a mail as text, addresses, ids and times. Nothing here raises."""

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from itertools import groupby
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tickets.mail import charsets
from tickets.mail.message import Address

MOST_BYTES = 32 * 1024  # of a header that is read; the longest sound ones are lists of recipients
MOST_ADDRESSES = 500
MOST_IDS = 100
_LONGEST_ID = 998  # RFC 5322, 2.1.1
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.{0,4000}?)\?=", re.DOTALL)
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(sorted(set(range(256)) - set(_BASE64)))
_ID = re.compile(r"<([^<>]{1,2000})>")
_BARE_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,320}@[^\s<>()\[\],;:\"@]{1,320}")
_SEPARATORS = re.compile(r'"(?:\\.|[^"\\])*"|\((?:\\.|[^()\\])*\)|<[^<>]*>|[,;]', re.DOTALL)
_GROUP = re.compile(r'^[^:;"<>@]*:')
_COMMENT = re.compile(r"\(((?:\\.|[^()\\])*)\)", re.DOTALL)
_YEARS = range(1980, 2100)
_DATE_LENGTH = 100


def decoded(raw: str) -> str:
    """A raw header in one line: encoded words (RFC 2047) and bare 8-bit characters as text."""
    raw = _unfolded(raw)
    pieces = groupby(_pieces(raw), key=lambda piece: piece[0])
    texts = (
        charsets.decode(b"".join(data for _charset, data in group), charset or "").text
        for charset, group in pieces
    )
    return charsets.one_line("".join(texts))


def plain(raw: str) -> str:
    """A header in one line as it stands: in those that servers write, encoded words mean nothing."""
    return charsets.one_line(charsets.decode(eight_bit(_unfolded(raw)), "").text)


def _unfolded(raw: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])|[\r\n]", "", raw[:MOST_BYTES])


def _pieces(raw: str) -> Iterator[tuple[str | None, bytes]]:
    """Charset and bytes of each encoded word; None for what stands between them.

    Words of one charset are decoded together: some mailers cut in the middle of a character.
    """
    end, after_word = 0, False
    for found in _WORD.finditer(raw):
        between = raw[end : found.start()]
        if between.strip() or (between and not after_word):
            yield None, eight_bit(between)
        charset, encoding, content = found.groups()
        yield charset.partition("*")[0].lower(), _word(encoding, eight_bit(content))
        end, after_word = found.end(), True
    if end < len(raw):
        yield None, eight_bit(raw[end:])


def _word(encoding: str, content: bytes) -> bytes:
    if encoding in "bB":
        return from_base64(content)
    return quopri.decodestring(content.replace(b"\r", b"").replace(b"\n", b""), header=True)


def eight_bit(raw: str) -> bytes:
    """The bytes that the parser hid in a text of ASCII and surrogates."""
    return (
        raw.encode("utf-8", "surrogateescape") if _is_escaped(raw) else raw.encode(errors="replace")
    )


def _is_escaped(raw: str) -> bool:
    try:
        raw.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def from_base64(content: bytes) -> bytes:
    """What can be read of it: other characters are left out, padding is added."""
    content = content.translate(None, _NOT_BASE64)
    content = content[: len(content) - (len(content) % 4 == 1)]
    return binascii.a2b_base64(content + b"=" * (-len(content) % 4))


def addresses(raw: Iterable[str]) -> list[Address]:
    """The addresses of some headers of one name, as far as they can be told."""
    found: list[Address] = []
    for header in raw:
        for entry in _entries(re.sub(r"[\r\n]+", " ", header[:MOST_BYTES])):
            found.append(_address(entry))
            if len(found) == MOST_ADDRESSES:
                return found
    return found


def _entries(header: str) -> Iterator[str]:
    """Split at commas and semicolons outside of quotes, comments and angle brackets."""
    start = 0
    for found in _SEPARATORS.finditer(header):
        if found[0] in ",;":
            yield from _one_entry(header[start : found.start()])
            start = found.end()
    yield from _one_entry(header[start:])


def _one_entry(entry: str) -> Iterator[str]:
    entry = _GROUP.sub("", entry.strip()).strip()  # "undisclosed-recipients:;"
    if entry:
        yield entry


def _address(entry: str) -> Address:
    before, bracket, rest = entry.rpartition("<")
    if bracket:
        address = decoded(rest.partition(">")[0]).replace(" ", "").removeprefix("mailto:")
        name = before
    else:
        text = decoded(entry)
        bare = _BARE_ADDRESS.search(_COMMENT.sub(" ", text))
        address = bare[0] if bare else ""
        comment = _COMMENT.search(entry)
        name = comment[1] if comment else ("" if bare else entry)
    return made(address, _name(name))


def _name(raw: str) -> str:
    text = decoded(re.sub(r"\\(.)", r"\1", raw.strip().strip('"')))
    return text.strip("\"' ")[:200]


def made(address: str, name: str = "") -> Address:
    """An address whose domain is in small letters."""
    local, at, domain = address.strip("'\" ").rpartition("@")
    address = (f"{local}@{domain.lower()}" if at else domain)[:320]
    return Address(address, name, is_usable=_is_usable(address))


def _is_usable(address: str) -> bool:
    """Whether mail can be sent to it, as the portal's other forms see it: ASCII, a dotted domain."""
    try:
        validate_email(address)
    except (ValidationError, ValueError):
        return False
    return address.isascii() and len(address) <= 254


def ids(raw: Iterable[str]) -> list[str]:
    """Message-IDs in their order, without angle brackets, each once; the last ``MOST_IDS``."""
    found: dict[str, None] = {}
    for header in raw:
        text = header[-MOST_BYTES:]
        for one in _ID.findall(text) or _BARE_ADDRESS.findall(text):
            clean = charsets.clean("".join(one.split()))
            if 0 < len(clean) <= _LONGEST_ID:
                found.pop(clean, None)
                found[clean] = None
    return list(found)[-MOST_IDS:]


def date_of(raw: str) -> datetime | None:
    """A Date header in UTC, or None for one that makes no sense."""
    if len(raw) > _DATE_LENGTH:
        return None
    try:
        parts = parsedate_tz(raw)
        if not parts or parts[0] not in _YEARS:
            return None
        found = datetime(*parts[:6], tzinfo=UTC) - timedelta(seconds=parts[9] or 0)
    except Exception:  # noqa: BLE001 - whatever the library raises over a stranger's text
        return None
    return found


def file_name(raw: str) -> str:
    """A file name of a mail for one to save it under: no folders, no marks that turn text around."""
    text = decoded(raw)
    if re.match(r"(?i)utf-8''", text):  # RFC 2231 put into quotes
        text = charsets.one_line(unquote(text[7:]))
    text = re.sub(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", text)
    text = re.split(r"[/\\]", text)[-1].strip(" .")
    if len(text) > 150:
        stem, dot, extension = text.rpartition(".")
        text = f"{stem[:140]}.{extension[:9]}" if dot else text[:150]
    return text
