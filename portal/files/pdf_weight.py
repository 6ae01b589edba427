"""What a PDF would cost to open, told from its bytes before any parser has it. Runs in the sandbox.

It is a glance, which a clever file may deceive: then the sandbox's limits stop the parser, later.
"""

import re
import zlib
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_MB = 1024**2
# Streams that hold objects or say where they are: whoever opens the file unpacks them.
_STRUCTURE = re.compile(rb"/(?:XRef|ObjStm)\b")
_NESTED = re.compile(rb"(?:(?:\[|<<)\s*(?:/\w{1,20}\s*)?){300}")
_STREAM_WITHIN = 4096  # bytes from a stream's type to its content
_STEP = 256 * 1024


@dataclass(frozen=True)
class Caps:
    """The most that is accepted; ``size`` and ``unpacked`` (of all structure together) in bytes."""

    size: int = 256 * _MB
    revisions: int = 100
    signatures: int = 40
    objects: int = 200_000
    unpacked: int = 16 * _MB


# From people without a login: what a contract or an invoice has, many times over.
STRANGER = Caps(size=10 * _MB, revisions=60, signatures=20, objects=50_000, unpacked=4 * _MB)


def check_weight(data: bytes, caps: Caps) -> None:
    """ValidationError (``too_costly``) for a PDF that has more of something than ``caps`` say."""
    if len(data) > caps.size:
        raise ValidationError(
            _("This PDF is larger than %(most)s MB, and was not examined."),
            code="too_costly", params={"most": caps.size // _MB},
        )  # fmt: skip
    counted = (
        (data.count(b"startxref"), caps.revisions, _("revisions")),
        (data.count(b"/ByteRange"), caps.signatures, _("signatures")),
        (data.count(b" obj"), caps.objects, _("objects")),
        (data.count(b" 00000 n") + data.count(b" 65535 f"), 2 * caps.objects, _("objects")),
    )
    for number, most, what in counted:
        if number > most:
            raise ValidationError(
                _("This PDF has more than %(most)s %(what)s, and was not examined."),
                code="too_costly", params={"most": most, "what": what},
            )  # fmt: skip
    if _NESTED.search(data):
        raise ValidationError(_("The PDF is nested too deeply."), code="too_costly")
    _check_structure(data, caps.unpacked)


def _check_structure(data: bytes, most: int) -> None:
    left = most
    for found in _STRUCTURE.finditer(data):
        start = data.find(b"stream", found.end(), found.end() + _STREAM_WITHIN)
        if start < 0:
            continue
        start += len(b"stream")
        start += 2 if data[start : start + 2] == b"\r\n" else 1
        left -= _unpacked(data, start, left)
        if left <= 0:
            raise too_large_unpacked()


def _unpacked(data: bytes, start: int, most: int) -> int:
    """How many bytes, up to ``most``, come out of what begins at ``start``, if it is packed."""
    if data[start : start + 1] != b"\x78":  # zlib's mark
        return 0
    unpacker, size, view = zlib.decompressobj(), 0, memoryview(data)[start:]
    try:
        piece = unpacker.decompress(view, _STEP)
        while piece and size < most:
            size += len(piece)
            piece = b"" if unpacker.eof else unpacker.decompress(unpacker.unconsumed_tail, _STEP)
    except zlib.error:
        pass  # the parser will say what is wrong
    return size


def too_large_unpacked() -> ValidationError:
    return ValidationError(
        _("This PDF unpacks to far more than it shows, and was not examined."), code="too_costly"
    )
