"""A note as a plain page of ours, as PDF. Runs in the sandbox: strangers wrote what it says."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

import weasyprint
from weasyprint.text.fonts import FontConfiguration

logging.getLogger("weasyprint").setLevel(logging.CRITICAL)

_ROOT = Path(__file__).resolve().parent.parent.parent
_CSS = _ROOT / "templates" / "orders" / "notes" / "print" / "note.css"
_FONTS = _ROOT / "certificates" / "signatures" / "fonts"


def press(html: str, accent: str) -> bytes:
    """The PDF. Nothing is fetched but pictures inside the HTML."""
    fonts, css, fetcher = _press()
    own = weasyprint.CSS(string=f":root {{ --accent: {accent} }}", font_config=fonts)
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    return bytes(document.write_pdf(font_config=fonts, stylesheets=[css, own]))


def warm_up() -> None:
    """Load fonts and styles before the first child needs them."""
    press("<p>NFS-e</p>", "#000")


@cache
def _press() -> tuple[FontConfiguration, Any, Any]:
    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "Balcao Sans"; font-weight: {weight};'
        f' src: url("{(_FONTS / name).as_uri()}"); }}'
        for weight, name in ((400, "sans-regular.ttf"), (700, "sans-bold.ttf"))
    )
    css = weasyprint.CSS(string=faces + _CSS.read_text(), font_config=fonts)
    return fonts, css, weasyprint.URLFetcher(allowed_protocols=["data"])
