"""HTML as PDF: what all documents that WeasyPrint lays out share.

Fonts and style sheets are loaded once a process: a FontConfiguration for each document leaks
memory and costs more than the layout. Runs in the sandbox too, so it knows no setting.
"""

import gc
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import weasyprint
from weasyprint.text.fonts import FontConfiguration

logging.getLogger("weasyprint").setLevel(logging.ERROR)

# Fetches nothing from outside the document.
FETCHER = weasyprint.URLFetcher(allowed_protocols=["data"])
_FACES = ((400, "sans-regular.ttf"), (700, "sans-bold.ttf"))
# Pango's font map is shared: one document at a time in a process.
_lock = threading.Lock()


def print_html(html: str, *, sheet: Path, fonts: Path, accent: str = "", **options: Any) -> bytes:
    """The PDF of a document in the style ``sheet``, with "Balcao Sans" from the folder ``fonts``.

    ``accent``: a colour for the sheet's ``--accent``. ``options`` are ``write_pdf``'s.
    """
    config = _fonts(fonts)
    sheets = [_sheet(sheet, fonts), *([_accent(accent, fonts)] if accent else ())]
    document = weasyprint.HTML(string=html, url_fetcher=FETCHER)
    return bytes(document.write_pdf(font_config=config, stylesheets=sheets, **options))


@contextmanager
def undisturbed() -> Iterator[None]:
    """One document at a time, without the garbage collector walking over its boxes again and
    again: that is a third of the time. What a document leaves is collected right after it."""
    with _lock:
        collecting = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if collecting:
                gc.enable()


@cache
def _fonts(folder: Path) -> FontConfiguration:
    config = FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "Balcao Sans"; font-weight: {weight};'
        f' src: url("{(folder / name).as_uri()}"); }}'
        for weight, name in _FACES
    )
    weasyprint.CSS(string=faces, font_config=config)
    return config


@cache
def _sheet(path: Path, fonts: Path) -> weasyprint.CSS:
    return weasyprint.CSS(string=path.read_text(), font_config=_fonts(fonts))


@lru_cache(maxsize=8)
def _accent(colour: str, fonts: Path) -> weasyprint.CSS:
    return weasyprint.CSS(string=f":root {{ --accent: {colour} }}", font_config=_fonts(fonts))
