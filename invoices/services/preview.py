"""Renders pages of a PDF as pictures."""

import threading
from io import BytesIO

import pypdfium2
from django.core.cache import cache

from invoices.models import Document
from portal.files.services import open_file

PDF = "application/pdf"
WIDTH = 1000
# A page longer than this many times its width (a roll of paper) is cut to a smaller picture.
MAX_RATIO = 4
MAX_PAGES = 500
COLOURS = 64
# PDFium is not safe to call from two threads.
_lock = threading.Lock()


class NoPreviewError(Exception):
    """It is not a PDF, it cannot be read, or it has no such page."""


def page_count(document: Document) -> int:
    """How many pages can be shown; 0 for what is not a PDF. Remembered: the bytes never change."""
    if document.content_type != PDF:
        return 0
    key = f"pages:{document.sha256}"
    count: int | None = cache.get(key)
    if count is None:
        try:
            with _lock, _opened(document) as pdf:
                count = min(len(pdf), MAX_PAGES)
        except NoPreviewError:
            count = 0
        cache.set(key, count, 86_400)
    return count


def render_page(document: Document, number: int) -> bytes:
    """Page ``number`` (from 1) as a WebP, 1000 pixels wide. Raises NoPreviewError."""
    with _lock, _opened(document) as pdf:
        if not 1 <= number <= min(len(pdf), MAX_PAGES):
            raise NoPreviewError
        page = pdf[number - 1]
        width, height = page.get_size()
        scale = WIDTH / max(width, height / MAX_RATIO, 1)
        image = page.render(scale=scale).to_pil()
        output = BytesIO()
        # Few colours without loss: letters stay sharp in half the bytes of a PNG.
        few = image.convert("RGB").quantize(COLOURS).convert("RGB")
        few.save(output, "WEBP", lossless=True, method=2)
        return output.getvalue()


def _opened(document: Document) -> pypdfium2.PdfDocument:
    if document.content_type != PDF:
        raise NoPreviewError
    try:
        with open_file(document.file_key) as file:
            data = file.read()
        return pypdfium2.PdfDocument(data)
    except (OSError, pypdfium2.PdfiumError) as problem:
        raise NoPreviewError from problem
