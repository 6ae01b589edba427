"""A note as a plain page of ours, as PDF. Runs in the sandbox: strangers wrote what it says."""

import logging
from pathlib import Path

from portal.press import print_html

logging.getLogger("weasyprint").setLevel(logging.CRITICAL)

_ROOT = Path(__file__).resolve().parent.parent.parent
_CSS = _ROOT / "templates" / "orders" / "notes" / "print" / "note.css"
_FONTS = _ROOT / "certificates" / "signatures" / "fonts"


def press(html: str, accent: str) -> bytes:
    """The PDF. Nothing is fetched but pictures inside the HTML."""
    return print_html(html, sheet=_CSS, fonts=_FONTS, accent=accent)


def warm_up() -> None:
    """Load fonts and styles before the first child needs them."""
    press("<p>NFS-e</p>", "#000")
