"""The parts of a mail: parsed within bounds, decoded, told apart into texts and files."""

import codecs
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from portal.files import sniffing
from tickets.mail import charsets, headers
from tickets.mail.message import Attachment, Defect

DEEPEST = 60  # levels of multipart
MOST_LEAVES = 1_000
_LONGEST_HEADER = 8 * 1024  # of those that say how a part is to be read
_CHUNK = 64 * 1024
_SAMPLE = 4 * 1024
_STRUCTURAL = {"content-type", "content-disposition", "content-transfer-encoding", "content-id"}
_TYPE = re.compile(r"\s*\"?([\w.+-]+/[\w.+-]+)")
_NOT_IN_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]|[^\r\n] +[^\r\n ]")
_BASE64_LINES = re.compile(rb"(?:[A-Za-z0-9+/=]{4,}+[ \t]*+\r?\n)++")
_TEXTS = {"text/plain", "text/html"}
_NO_FILES = {sniffing.TEXT, sniffing.CSV, sniffing.XML, sniffing.UNKNOWN, sniffing.PEM}
_NO_ENCODING = {"", "7bit", "8bit", "binary"}
_ENCODINGS = {"quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"}
_TNEF = b"\x78\x9f\x3e\x22"
_NAMES = {
    "message/rfc822": "message.eml", "message/delivery-status": "delivery-status.txt",
    "text/calendar": "invite.ics", "application/ms-tnef": "winmail.dat",
    "text/rfc822-headers": "headers.txt",
}  # fmt: skip


class Part(Message):
    """A part that keeps mails inside it, and what is nested too deep, as they came."""

    depth = 0

    def set_raw(self, name: str, value: str) -> None:
        """Headers that the parser itself reads: bare 8-bit characters as text, and not endless."""
        if name.lower() in _STRUCTURAL:
            value = value[:_LONGEST_HEADER]
            if value.lstrip().startswith("=?"):
                value = headers.decoded(value)
            elif not value.isascii():
                value = charsets.decode(headers.eight_bit(value), "").text
        super().set_raw(name, value)

    def attach(self, payload: Any) -> None:
        payload.depth = self.depth + 1
        super().attach(payload)

    def get_content_type(self) -> str:
        """For the parser, which goes into what is called ``multipart`` or ``message``."""
        declared = declared_type(self)
        main = declared.partition("/")[0]
        is_whole = main == "message" or (main == "multipart" and self.depth >= DEEPEST)
        return "application/octet-stream" if is_whole else declared


@dataclass(frozen=True)
class Block:
    """A piece of the body: as plain text, as HTML, or as both."""

    plain: str = ""
    html: str = ""


@dataclass
class Found:
    """What the parts hold, in their order. ``defects`` are gathered on the way."""

    attachments: list[Attachment] = field(default_factory=list)
    defects: dict[Defect, None] = field(default_factory=dict)
    leaves: int = 0

    def note(self, defect: Defect) -> None:
        self.defects[defect] = None


def parse(raw: bytes) -> Part:
    """The parsed mail; where the parser fails, its headers and the rest as one text."""
    try:
        parser = BytesFeedParser(Part)
        for start in range(0, len(raw), _CHUNK):
            parser.feed(raw[start : start + _CHUNK])
        return parser.close()
    except Exception:  # noqa: BLE001 - no mail is lost over it
        return parse_headers(raw)


def parse_headers(raw: bytes) -> Part:
    """The headers, and all that follows as one text."""
    return BytesHeaderParser(Part).parsebytes(raw)


def raw_headers(part: Message, name: str) -> list[str]:
    """The raw values of all headers of that name, from the top."""
    return [value for key, value in part.raw_items() if key.lower() == name]


def declared_type(part: Message) -> str:
    """What a part calls itself, in small letters; ``text/plain`` where it says nothing sound."""
    value = next(iter(raw_headers(part, "content-type")), None)
    if value is None:
        return part.get_default_type()
    found = _TYPE.match(value)
    return found[1].lower() if found else "text/plain"


def parameter(part: Message, name: str) -> str:
    """A parameter of Content-Type, or ""."""
    try:
        value = part.get_param(name, "")
    except Exception:  # noqa: BLE001 - whatever the library raises over a stranger's header
        return ""
    return charsets.one_line(str(value[2] if isinstance(value, tuple) else value))


def blocks(part: Part, found: Found) -> list[Block]:
    """The body's pieces below ``part``; files go to ``found``."""
    if not part.is_multipart():
        return _leaf(part, found)
    inner = [block for child in _children(part) for block in blocks(child, found)]
    if declared_type(part) != "multipart/alternative" or not inner:
        return inner
    plain = [block.plain for block in inner if not block.html]
    html = [block.html for block in inner if block.html]
    return [Block("\n".join(plain) if "".join(plain).strip() else "", "\n".join(html))]


def _children(part: Part) -> Iterator[Part]:
    payload = part.get_payload()
    yield from (child for child in payload if isinstance(child, Part))


def _leaf(part: Part, found: Found) -> list[Block]:
    found.leaves += 1
    if found.leaves > MOST_LEAVES:
        found.note(Defect.TOO_MANY_PARTS)
        return []
    declared = declared_type(part)
    content = _content(part, found)
    if declared.startswith("multipart/"):
        if part.depth >= DEEPEST:
            found.note(Defect.TOO_DEEP)
            found.attachments.append(_attachment(part, declared, content))
            return []
        found.note(Defect.BROKEN_MULTIPART)
        declared = "text/plain"
    if declared in _TEXTS and not _is_file(part, content):
        return _text(part, declared, content, found)
    if content or _name(part):
        found.attachments.append(_attachment(part, declared, content))
    return []


def _is_file(part: Part, content: bytes) -> bool:
    """A text that is a file: it says so, is a named part among others, or has bytes of another kind."""
    disposition = next(iter(raw_headers(part, "content-disposition")), "").strip().lower()
    is_named = part.depth > 0 and bool(_name(part))
    if disposition.startswith("attachment") or is_named:
        return True
    return sniffing.sniff(io.BytesIO(content)) not in _NO_FILES


def _text(part: Message, declared: str, content: bytes, found: Found) -> list[Block]:
    charset = parameter(part, "charset")
    decoded = charsets.decode(content, charset)
    if decoded.is_guessed:
        found.note(Defect.GUESSED_CHARSET)
    if decoded.is_damaged:
        found.note(Defect.BAD_CHARACTERS)
    text = charsets.clean(decoded.text)
    if not text.strip():
        return []
    return [Block(html=text) if declared == "text/html" else Block(plain=text)]


def _content(part: Part, found: Found) -> bytes:
    """The bytes of a part, by its transfer encoding and not by its type."""
    named = next(iter(raw_headers(part, "content-transfer-encoding")), "")
    encoding = re.sub(r"\W*([\w-]*).*", r"\1", named.lower(), flags=re.DOTALL)
    data = _decoded(part, "")
    if encoding in _NO_ENCODING:
        return data
    if encoding == "base64":
        if (decoded := _from_base64(data)) is not None:
            return decoded
    elif encoding in _ENCODINGS:
        return _decoded(part, encoding)
    found.note(Defect.BAD_ENCODING)
    return data


def _decoded(part: Part, encoding: str) -> bytes:
    """By the standard library, which without an encoding gives the bytes as they came."""
    del part["content-transfer-encoding"]
    part["Content-Transfer-Encoding"] = encoding
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _from_base64(data: bytes) -> bytes | None:
    """None for what is not base64. Lists and virus scanners put plain lines below it."""
    encoded = _BASE64_LINES.match(data)
    below = data[encoded.end() :] if encoded else data
    if encoded and _is_plain(below) and _is_whole(encoded[0]):
        return _from_base64_pieces(encoded[0]) + b"\r\n" + below
    return None if _is_plain(data) else _from_base64_pieces(data)


def _is_plain(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    return len(_NOT_IN_BASE64.findall(sample)) * 10 > len(sample)


def _is_whole(encoded: bytes) -> bool:
    """A single word would be base64 too: it has to be long, or padded."""
    bare = b"".join(encoded.split())
    return len(bare) % 4 == 0 and (len(bare) >= 40 or bare.endswith(b"="))


def _from_base64_pieces(data: bytes) -> bytes:
    """Some mailers join several encoded pieces, each with padding of its own."""
    return b"".join(headers.from_base64(piece) for piece in re.split(rb"=+", data))


def _name(part: Message) -> str:
    try:
        raw = part.get_filename("")
    except Exception:  # noqa: BLE001 - whatever the library raises over a stranger's header
        return ""
    return headers.file_name(raw or "")


def _attachment(part: Message, declared: str, content: bytes) -> Attachment:
    content_id = next(iter(headers.ids(raw_headers(part, "content-id"))), "")
    if not content_id:
        bare = next(iter(raw_headers(part, "content-id")), "")
        content_id = charsets.one_line(bare).strip("<> ")[:998]
    found = _type(declared, content)
    return Attachment(
        name=_name(part) or _default_name(found),
        type=found,
        declared=declared[:127],
        content=content,
        content_id=content_id,
        is_inline=False,
        sha256=hashlib.sha256(content).hexdigest(),
        method=parameter(part, "method").strip().upper()[:20],
    )


def _type(declared: str, content: bytes) -> str:
    """By the bytes; what the sniffer calls text, but a mail knows better, by both."""
    start = content[:512].removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(_TNEF):
        return "application/ms-tnef"
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        return "text/calendar"
    if declared.startswith("message/") or declared == "text/rfc822-headers":
        return declared if re.match(rb"[!-9;-~]+:", start) else sniffing.UNKNOWN
    return sniffing.sniff(io.BytesIO(content))


def _default_name(found: str) -> str:
    return _NAMES.get(found) or f"attachment.{sniffing.EXTENSIONS.get(found, 'bin')}"
