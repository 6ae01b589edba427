"""A note as its XML, and as a page to print: the DANFSe, or a plain page of ours."""

from typing import Any

import segno
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import translation

from orders.models import FiscalNote, NoteEvent
from orders.nfse import danfse, paper
from orders.nfse.keys import CONSULTATION
from portal import sandbox
from portal.files.services import open_file, serve
from portal.provider.services import current_provider
from portal.sandbox import Limits

LIMITS = Limits(memory=600 * 1024**2, cpu_seconds=20, wall_seconds=60, wait_seconds=20)
XML = "application/xml"
Standing = FiscalNote.Standing


def serve_xml(request: HttpRequest, note: FiscalNote) -> HttpResponseBase:
    """The XML as it came; of a file with several notes this one's part."""
    return serve(
        request, note.file_key, name=f"nfse-{file_name(note)}.xml", content_type=XML, inline=False,
        sha256=note.sha256, size=note.size,
    )  # fmt: skip


def serve_event_xml(request: HttpRequest, event: NoteEvent) -> HttpResponseBase:
    """The XML of an event as it came."""
    return serve(
        request, event.file_key, name=f"evento-{event.identity.replace(':', '-')}.xml",
        content_type=XML, inline=False, sha256=event.sha256, size=event.size,
    )  # fmt: skip


def file_name(note: FiscalNote) -> str:
    return note.key or f"{note.city}-{note.number}"


def pdf_of(note: FiscalNote) -> bytes:
    """The note on paper. Raises FileNotFoundError when the store lost its XML, and sandbox's errors.

    A national note is drawn as DANFSe; where its drawer fails, and for ABRASF, it is our page.
    """
    if note.layout == FiscalNote.Layout.NATIONAL:
        with open_file(note.file_key) as file:
            xml = file.read()
        cancelled = note.standing == Standing.CANCELLED
        substituted = note.standing == Standing.SUBSTITUTED
        try:
            return sandbox.run(danfse.press, xml, cancelled, substituted, limits=LIMITS)
        except sandbox.Busy:
            raise
        except ValidationError:
            pass  # an odd note: its data are printed all the same
    with translation.override("pt-br"):
        # A plain text: what a template renders is of a class that does not cross.
        html = render_to_string("orders/notes/print/note.html", _context(note)).strip()
    return sandbox.run(paper.press, html, current_provider().accent_colour, limits=LIMITS)


def _context(note: FiscalNote) -> dict[str, Any]:
    return {
        "note": note, "events": list(note.events.order_by("at", "pk")),
        "qr": _qr(CONSULTATION + note.key) if note.key else "",
    }  # fmt: skip


def _qr(text: str) -> str:
    return segno.make(text, error="m").svg_data_uri(border=0, scale=3)
