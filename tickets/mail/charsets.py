"""Bytes as text, whatever charset a mail claims or does not claim. Nothing here raises."""

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes

_WESTERN = "cp1252"
# What mails write, and what is meant. A superset reads what its subset is often mistaken for.
_ALIASES = {
    "ascii": "utf-8", "us-ascii": "utf-8", "ansi_x3.4-1968": "utf-8", "utf8mb4": "utf-8",
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "iso-8859-1": _WESTERN, "iso8859-1": _WESTERN, "latin1": _WESTERN, "latin-1": _WESTERN,
    "iso_8859-1": _WESTERN, "windows1252": _WESTERN, "ansi": _WESTERN, "x-ansi": _WESTERN,
    "cp-850": "cp850", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
    "gb2312": "gb18030", "iso-gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "cn-gb": "gb18030", "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "x-mac-ce": "mac_latin2",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "windows-949": "cp949",
    "shift_jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "x-euc-jp": "euc_jp", "big5": "big5hkscs", "x-x-big5": "big5hkscs", "x-big5": "big5hkscs",
    "windows-874": "cp874", "tis-620": "cp874", "unicode-1-1-utf-7": "utf-7",
    "x-windows-1252": _WESTERN, "x-cp1250": "cp1250", "x-cp1251": "cp1251", "koi8-ru": "koi8-u",
}  # fmt: skip
# Python decodes these too, but no mail means them; some are slow.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]*")
_SAMPLE = 64 * 1024
_FEW = 0.02  # of the bytes outside of ASCII
_MANY = 0.25  # of all bytes: such a text is in no Western charset
_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


class Decoded(NamedTuple):
    """``is_guessed``: not as the mail says. ``is_damaged``: some characters are U+FFFD."""

    text: str
    is_guessed: bool
    is_damaged: bool


def decode(data: bytes, charset: str) -> Decoded:
    """The text of ``data``: by its charset, else as UTF-8, else by what it looks like."""
    declared = codec_of(charset)
    if not declared and b"\x1b$" in data[:_SAMPLE]:
        declared = "iso2022_jp"
    for codec in filter(None, (declared, "utf-8")):
        if (text := _strictly(data, codec)) is not None:
            return Decoded(text, is_guessed=bool(charset) and codec != declared, is_damaged=False)
    if declared and _is_nearly(data, declared):
        return Decoded(data.decode(declared, "replace"), is_guessed=False, is_damaged=True)
    text = data.decode(_guessed(data), "replace")
    return Decoded(text, is_guessed=True, is_damaged="\ufffd" in text)


def codec_of(charset: str) -> str:
    """Python's name of a charset, or "" for none that is known."""
    found = _NAME.search(charset)
    name = found[0].lower() if found else ""
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name).name
        b"0000".decode(
            codec, "replace"
        )  # base64, zip and their like are no charsets; b"" tells nothing
    except (LookupError, ValueError):
        return ""
    return "" if codec.replace("-", "_") in _NO_CHARSETS else codec


def clean(text: str) -> str:
    """Text that every database and file takes: no control characters, no lone surrogates."""
    text = _LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def one_line(text: str) -> str:
    """The same, with each run of white space as one space."""
    return " ".join(clean(text).split())


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (ValueError, LookupError):
        # Windows leaves five bytes undefined; what came as ISO 8859-1 may have them.
        return data.decode("latin-1") if codec == _WESTERN else None


def _is_nearly(data: bytes, codec: str) -> bool:
    """Whether all but a few characters are of that charset, as of a text that was cut or patched."""
    outside = sum(byte > 0x7F for byte in data[:_SAMPLE])
    lost = data[:_SAMPLE].decode(codec, "replace").count("\ufffd")
    return lost <= max(1, outside * _FEW) and outside > 2 * lost


def _guessed(data: bytes) -> str:
    sample = data[:_SAMPLE]
    if sum(byte > 0x7F for byte in sample) < len(sample) * _MANY:
        return _WESTERN
    best = from_bytes(sample).best()
    return codec_of(best.encoding) or _WESTERN if best else _WESTERN
