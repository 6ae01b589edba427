"""A service order on paper: HTML with pictures as PDF. Runs in the sandbox, for what strangers wrote
and sent is laid out here. Knows no model."""

import base64
import io
import logging
import re
from pathlib import Path

from PIL import Image

from portal.press import print_html

logging.getLogger("weasyprint").setLevel(logging.CRITICAL)

_ROOT = Path(__file__).resolve().parent.parent
_CSS = _ROOT / "templates" / "tickets" / "print" / "order.css"
_FONTS = _ROOT / "certificates" / "signatures" / "fonts"
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_MOST_PIXELS = 40_000_000
_SIDE = 1400  # pixels, enough for the width of the paper
_SOURCE = re.compile(r'\ssrc="picture/(\d+)"')


def press(html: str, pictures: list[tuple[int, bytes]], accent: str) -> bytes:
    """The PDF. ``pictures``: key and bytes of what the HTML shows as ``<img src="picture/KEY">``.

    Nothing is fetched; a picture that cannot be read leaves its alternative text.
    """
    found = {str(key): _as_data(data) for key, data in pictures}
    html = _SOURCE.sub(lambda source: f' src="{found.get(source[1], "")}"', html)
    return print_html(html, sheet=_CSS, fonts=_FONTS, accent=accent)


def warm_up() -> None:
    """Load fonts and styles before the first child needs them."""
    press("<p>O.S.</p>", [], "#000")


def _as_data(data: bytes) -> str:
    """The picture in a size for paper, written anew by us; "" for what is none, or too large."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                return ""
            image.draft("RGB", (_SIDE, _SIDE))
            image.thumbnail((_SIDE, _SIDE))
            drawn = io.BytesIO()
            kind = "JPEG" if image.format == "JPEG" else "PNG"
            image.convert("RGB" if kind == "JPEG" else "RGBA").save(drawn, kind)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return ""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(drawn.getvalue()).decode()}"
