"""The visible stamp of a signature: a strip at the foot of a page, with a QR code.

It never covers what a page says: a page that reserves no strip for it (ours do, see
``RESERVED_STRIP``) is made taller at its foot. Text is set in an embedded font, as PDF/A demands.
"""

import io
import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import ceil, floor
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.utils import translation
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import AppearanceContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStampStyle

from certificates.icp.identity import Holder
from portal.public_codes import group_code
from portal.taxid import format_tax_id

# Points. The strip is 20 mm of an A4 page of 297 mm.
STRIP = 56
MARGIN = 42
_QR = 43.0
_SIZE = 7.2
_LEADING = 10.2
# Page-piece key under which a document says that the foot of its last page is free for the stamp.
RESERVED_STRIP = "/BalcaoStrip"
BRASILIA = ZoneInfo("America/Sao_Paulo")
_FONT = Path(__file__).parent / "fonts" / "stamp.ttf"

# In points; pyHanko wants whole ones.
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Stamp:
    """What the stamp shows beside the signer: a verification code and the address it opens."""

    code: str
    url: str
    page: int = -1


def stamp_lines(stamp: Stamp, holder: Holder, at: datetime, *, is_demo: bool) -> list[str]:
    """The text of the stamp, in Portuguese whatever the reader's language."""
    who = f"{holder.name} ({format_tax_id(holder.tax_id)})" if holder.tax_id else holder.name
    local = at.astimezone(BRASILIA)
    with translation.override("pt-br"):
        lines = [
            _("Digitally signed by %(who)s") % {"who": who},
            _("on %(date)s at %(time)s (Brasília time)")
            % {"date": f"{local:%d/%m/%Y}", "time": f"{local:%H:%M:%S}"},
            _("Check this document at %(url)s") % {"url": stamp.url},
            _("Verification code: %(code)s") % {"code": group_code(stamp.code)},
        ]
        if is_demo:
            lines[1] += " · " + _("DEMONSTRATION SIGNATURE — NO LEGAL VALUE")
    return lines


@dataclass(frozen=True)
class SealStyle(BaseStampStyle):
    """pyHanko's way to ask for an appearance; ours is drawn by Seal."""

    lines: tuple[str, ...] = ()
    url: str = ""
    rotation: int = 0

    def create_stamp(
        self,
        writer: BasePdfFileWriter,
        box: BoxConstraints,
        text_params: dict[str, Any],  # noqa: ARG002
    ) -> Any:
        return Seal(writer, self, box)


class Seal(AppearanceContent):
    """The drawn stamp: a hairline, the QR code, four lines of text."""

    def __init__(self, writer: BasePdfFileWriter, style: SealStyle, box: BoxConstraints) -> None:
        super().__init__(writer=writer, box=box)
        self._style = style

    def render(self) -> bytes:
        self.set_resource(ResourceType.FONT, pdf_name("/F"), _embed_font(self._ensure_writer))
        sideways = self._style.rotation in (90, 270)
        width, height = self.box.width, self.box.height
        if sideways:
            width, height = height, width
        return draw(list(self._style.lines), self._style.url, width, height)

    def as_form_xobject(self) -> generic.StreamObject:
        form = super().as_form_xobject()
        width, height = self.box.width, self.box.height
        matrix = {
            90: [0, 1, -1, 0, height, 0],
            180: [-1, 0, 0, -1, width, height],
            270: [0, -1, 1, 0, 0, width],
        }
        if self._style.rotation in matrix:
            if self._style.rotation != 180:
                form["/BBox"] = generic.ArrayObject(map(generic.FloatObject, (0, 0, height, width)))
            form["/Matrix"] = generic.ArrayObject(
                map(generic.FloatObject, matrix[self._style.rotation])
            )
        form.compress()
        return form


def draw(lines: list[str], url: str, width: float, height: float) -> bytes:
    """The content stream of the stamp in a box of ``width`` × ``height`` points."""
    left = _QR + 10
    baseline = (height + _LEADING * (len(lines) - 1)) / 2 - _SIZE * 0.35
    parts = [b"q 0.6 G 0.5 w 0 %g m %g %g l S Q" % (height - 0.5, width, height - 0.5)]
    parts.append(_qr(url, 0, (height - _QR) / 2 - 1, _QR))
    parts.append(b"BT 0.12 g /F %g Tf %g TL 1 0 0 1 %g %g Tm" % (_SIZE, _LEADING, left, baseline))
    for line in lines:
        encoded, scale = _fit(line, width - left)
        escaped = encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        parts.append(b"%g Tz (%s) Tj T*" % (scale, escaped))
    parts.append(b"ET")
    return b"\n".join(parts)


def _fit(line: str, room: float) -> tuple[bytes, float]:
    """The line in WinAnsi and its horizontal scale in percent; cut when even 70 % is too wide."""
    encoded = line.encode("cp1252", "replace")
    widths = _metrics().widths
    length = sum(widths[b] for b in encoded) * _SIZE / 1000
    if length > room / 0.7:
        keep = max(1, int(len(encoded) * (room / 0.7) / length) - 1)
        encoded = encoded[:keep] + "…".encode("cp1252")
        length = sum(widths[b] for b in encoded) * _SIZE / 1000
    return encoded, 100.0 if length <= room else max(50.0, 100 * room / length)


def _qr(url: str, x: float, y: float, size: float) -> bytes:
    """The QR code as rectangles. A fixed mask: judging all eight costs more than signing."""
    rows = list(segno.make(url, error="m", mask=2, micro=False, boost_error=False).matrix)
    module = size / len(rows)
    parts = [b"q 0 g %g 0 0 %g %g %g cm" % (module, -module, x, y + size)]
    for top, row in enumerate(rows):
        start = None
        for column, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                parts.append(b"%d %d %d 1 re" % (start, top, column - start))
                start = None
    parts.append(b"f Q")
    return b" ".join(parts)


@dataclass(frozen=True)
class _Metrics:
    """Of the stamp's font, in thousandths of its size, by WinAnsi code."""

    widths: list[int]
    ascent: int
    descent: int
    bbox: list[int]
    compressed: bytes
    size: int


@cache
def _metrics() -> _Metrics:
    raw = _FONT.read_bytes()
    font = TTFont(io.BytesIO(raw))
    scale = 1000 / font["head"].unitsPerEm
    cmap, advances = font.getBestCmap(), font["hmtx"]
    widths = []
    for code in range(256):
        character = bytes([code]).decode("cp1252", "replace")
        glyph = cmap.get(ord(character), ".notdef")
        widths.append(round(advances[glyph][0] * scale))
    head, hhea = font["head"], font["hhea"]
    return _Metrics(
        widths=widths,
        ascent=round(hhea.ascent * scale),
        descent=round(hhea.descent * scale),
        bbox=[round(v * scale) for v in (head.xMin, head.yMin, head.xMax, head.yMax)],
        compressed=zlib.compress(raw, 9),
        size=len(raw),
    )


def _embed_font(writer: BasePdfFileWriter) -> generic.IndirectObject:
    metrics = _metrics()
    program = generic.StreamObject(
        {
            pdf_name("/Length1"): generic.NumberObject(metrics.size),
            pdf_name("/Filter"): pdf_name("/FlateDecode"),
        },
        encoded_data=metrics.compressed,
    )
    name = pdf_name("/BALCAO+BalcaoStamp-Regular")
    numbers = {
        "/Flags": 32, "/ItalicAngle": 0, "/Ascent": metrics.ascent, "/Descent": metrics.descent,
        "/CapHeight": metrics.ascent, "/StemV": 80,
    }  # fmt: skip
    descriptor = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/FontDescriptor"),
            pdf_name("/FontName"): name,
            pdf_name("/FontBBox"): generic.ArrayObject(map(generic.NumberObject, metrics.bbox)),
            pdf_name("/FontFile2"): writer.add_object(program),
            **{pdf_name(k): generic.NumberObject(v) for k, v in numbers.items()},
        }
    )
    font = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/TrueType"),
            pdf_name("/BaseFont"): name,
            pdf_name("/Encoding"): pdf_name("/WinAnsiEncoding"),
            pdf_name("/FirstChar"): generic.NumberObject(32),
            pdf_name("/LastChar"): generic.NumberObject(255),
            pdf_name("/Widths"): generic.ArrayObject(
                map(generic.NumberObject, metrics.widths[32:])
            ),
            pdf_name("/FontDescriptor"): writer.add_object(descriptor),
        }
    )
    return writer.add_object(font)


# Where it goes


def place(writer: IncrementalPdfFileWriter, page: int) -> tuple[Box, int]:
    """Room for the stamp on ``page``: its box and the page's rotation.

    The page grows by a strip at its (visible) foot, unless the document reserves one.
    """
    ref = writer.find_page_for_modification(page)[0]
    leaf = ref.get_object()
    rotation = int(_inherited(leaf, "/Rotate") or 0) % 360
    media = _box(leaf, "/MediaBox") or (0, 0, 595, 842)
    crop = _box(leaf, "/CropBox") or media
    if not _reserves_strip(writer):
        grown = _grow(crop, rotation)
        media = (
            min(media[0], grown[0]), min(media[1], grown[1]),
            max(media[2], grown[2]), max(media[3], grown[3]),
        )  # fmt: skip
        leaf["/MediaBox"] = generic.ArrayObject(map(generic.NumberObject, media))
        leaf["/CropBox"] = generic.ArrayObject(map(generic.NumberObject, grown))
        writer.mark_update(ref)
        crop = grown
    return _foot(crop, rotation), rotation


def _inherited(leaf: generic.DictionaryObject, key: str) -> Any:
    node: Any = leaf
    for _level in range(50):
        if key in node:
            return node[key]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


def _box(leaf: generic.DictionaryObject, key: str) -> Box | None:
    value = _inherited(leaf, key)
    if value is None or len(value) != 4:
        return None
    x1, y1, x2, y2 = (float(v) for v in value)
    return floor(min(x1, x2)), floor(min(y1, y2)), ceil(max(x1, x2)), ceil(max(y1, y2))


def _reserves_strip(writer: IncrementalPdfFileWriter) -> bool:
    return RESERVED_STRIP in writer.root.get("/PieceInfo", {})


def _grow(box: Box, rotation: int) -> Box:
    """The box with a strip more at the side that is shown at the foot."""
    x1, y1, x2, y2 = box
    return {
        0: (x1, y1 - STRIP, x2, y2),
        90: (x1, y1, x2 + STRIP, y2),
        180: (x1, y1, x2, y2 + STRIP),
        270: (x1 - STRIP, y1, x2, y2),
    }.get(rotation, (x1, y1 - STRIP, x2, y2))


def _foot(box: Box, rotation: int) -> Box:
    """The strip at the shown foot of the page, within its side margins."""
    x1, y1, x2, y2 = box
    wide = x2 - x1 if rotation in (0, 180) else y2 - y1
    side = MARGIN if wide > 8 * MARGIN else 2
    edge = 4
    return {
        0: (x1 + side, y1 + edge, x2 - side, y1 + STRIP),
        90: (x2 - STRIP, y1 + side, x2 - edge, y2 - side),
        180: (x1 + side, y2 - STRIP, x2 - side, y2 - edge),
        270: (x1 + edge, y1 + side, x1 + STRIP, y2 - side),
    }.get(rotation, (x1 + side, y1 + edge, x2 - side, y1 + STRIP))
