"""Invoices as A4 PDF/A-3b, from the data that staff entered or imported.

Fonts and style sheet are loaded once per process: a FontConfiguration for each document leaks
memory and costs more than the layout. The data travel inside the PDF too, as JSON.
"""

import base64
import gc
import hashlib
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pydyf
import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from weasyprint.text.fonts import FontConfiguration

from certificates.signatures import stamp
from certificates.signatures.stamp import RESERVED_STRIP
from invoices.models import InvoiceDraft
from invoices.quantities import format_quantity
from portal.money import format_brl, format_cents
from portal.periods import format_period
from portal.provider.models import Provider

logging.getLogger("weasyprint").setLevel(logging.ERROR)

_CSS = Path(settings.BASE_DIR) / "templates" / "invoices" / "print" / "invoice.css"
_FONTS = Path(stamp.__file__).parent / "fonts"
# Pango's font map is shared: one document at a time in a process.
_lock = threading.Lock()


def render_invoice(draft: InvoiceDraft, provider: Provider, *, preview: bool = False) -> bytes:
    """The invoice as PDF/A-3b, unsigned; the same data give the same bytes.

    The foot of its last page is kept free for the stamp, which brings the QR code and the
    verification code when the invoice is signed. A ``preview`` is marked as a draft.
    """
    with translation.override("pt-br"):
        html = render_to_string(
            "invoices/print/invoice.html", _context(draft, provider, preview=preview)
        )
        data = json.dumps(invoice_data(draft, provider), ensure_ascii=False, indent=1)
        return _print(html, data, accent=provider.accent_colour, created=draft.created_at)


def invoice_data(draft: InvoiceDraft, provider: Provider) -> dict[str, Any]:
    """What the invoice says, for programs. Money in cents, quantities in thousandths."""
    unit = draft.unit
    return {
        "issuer": {"name": provider.name, "cnpj": provider.cnpj},
        "client": {"name": unit.company.name, "tax_id": unit.company.tax_id, "unit": unit.code},
        "type": draft.type.code,
        "number": draft.number,
        "period": f"{draft.period:%Y-%m}",
        "due_date": draft.due_date.isoformat(),
        "total_cents": draft.total_cents,
        "items": [
            {
                "description": item.description,
                "quantity_milli": item.quantity_milli,
                "price_cents": item.price_cents,
                "total_cents": item.total_cents,
            }
            for item in draft.items.all()
        ],
    }


def _context(draft: InvoiceDraft, provider: Provider, *, preview: bool) -> dict[str, Any]:
    unit = draft.unit
    return {
        "draft": draft,
        "unit": unit,
        "company": unit.company,
        "company_label": "CPF" if len(unit.company.tax_id) == 11 else "CNPJ",
        "provider": provider,
        "provider_lines": _provider_lines(provider),
        "logo": _logo(bytes(provider.logo), provider.logo_type) if provider.logo else "",
        "title": f"{draft.type.name} {draft.number} – {format_period(draft.period)}",
        "running": " · ".join(
            [
                *([_("DRAFT")] if preview else []),
                provider.name,
                f"{draft.type.name} {draft.number}",
                unit.code,
                format_period(draft.period),
            ]
        ),
        "due": f"{draft.due_date:%d/%m/%Y}",
        "total": format_brl(draft.total_cents),
        "rows": _rows(draft),
        "created": draft.created_at.isoformat(timespec="seconds"),
        "preview": preview,
    }


def _provider_lines(provider: Provider) -> list[str]:
    contact = " · ".join(filter(None, [provider.phone, provider.email, provider.site]))
    return [line for line in [*provider.address.splitlines(), contact] if line.strip()]


def _rows(draft: InvoiceDraft) -> SafeString:
    """The table's rows, made in Python: a template loop costs several times as much."""
    return format_html_join(
        "",
        '<tr><td class="n">{}</td><td>{}</td><td class="r">{}</td><td class="r">{}</td>'
        '<td class="r">{}</td></tr>',
        (
            (
                number,
                item.description,
                format_quantity(item.quantity_milli),
                format_cents(item.price_cents),
                format_cents(item.total_cents),
            )
            for number, item in enumerate(draft.items.all(), start=1)
        ),
    )


@lru_cache(maxsize=4)
def _logo(data: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"


@cache
def _press() -> tuple[FontConfiguration, weasyprint.CSS, dict[str, Any], weasyprint.URLFetcher]:
    """What all documents share: fonts, style sheet, decoded images, and a fetcher that fetches
    nothing from outside the document."""
    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "Balcao Sans"; font-weight: {weight};'
        f' src: url("{(_FONTS / name).as_uri()}"); }}'
        for weight, name in ((400, "sans-regular.ttf"), (700, "sans-bold.ttf"))
    )
    css = weasyprint.CSS(string=faces + _CSS.read_text(), font_config=fonts)
    return fonts, css, {}, weasyprint.URLFetcher(allowed_protocols=["data"])


@lru_cache(maxsize=8)
def _accent(colour: str) -> weasyprint.CSS:
    return weasyprint.CSS(string=f":root {{ --accent: {colour} }}", font_config=_press()[0])


@contextmanager
def _undisturbed() -> Iterator[None]:
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


def _print(html: str, data: str, *, accent: str, created: datetime) -> bytes:
    with _undisturbed():
        fonts, css, images, fetcher = _press()
        if len(images) > 8:
            images.clear()
        attachment = weasyprint.Attachment(
            string=data, name=_("invoice") + ".json", description=_("The data of this invoice"),
            created=created, modified=created, relationship="Data", url_fetcher=fetcher,
        )  # fmt: skip
        document = weasyprint.HTML(string=html, url_fetcher=fetcher)
        return bytes(
            document.write_pdf(
                finisher=_reserve_strip,
                font_config=fonts,
                stylesheets=[css, _accent(accent)],
                cache=images,
                pdf_variant="pdf/a-3b",
                pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
                attachments=[attachment],
            )
        )


def _reserve_strip(_document: weasyprint.Document, pdf: pydyf.PDF) -> None:
    """Say in the catalogue that the stamp finds room on the last page."""
    piece = pydyf.Dictionary({"LastModified": pydyf.String("D:20260101000000Z")})
    pdf.catalog["PieceInfo"] = pydyf.Dictionary({RESERVED_STRIP.lstrip("/"): piece})
