"""Invoices as A4 PDF/A-3b, from the data that staff entered or imported.

The data travel inside the PDF too, as JSON.
"""

import base64
import hashlib
import json
from datetime import datetime
from functools import lru_cache
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

from certificates.signatures import stamp
from certificates.signatures.stamp import RESERVED_STRIP
from invoices.models import InvoiceDraft
from invoices.quantities import format_quantity
from portal.money import format_brl, format_cents
from portal.periods import format_period
from portal.press import FETCHER, print_html, undisturbed
from portal.provider.models import Provider

_CSS = Path(settings.BASE_DIR) / "templates" / "invoices" / "print" / "invoice.css"
_FONTS = Path(stamp.__file__).parent / "fonts"
_images: dict[str, Any] = {}  # decoded, for the next document with the same logo


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


def _print(html: str, data: str, *, accent: str, created: datetime) -> bytes:
    with undisturbed():
        if len(_images) > 8:
            _images.clear()
        attachment = weasyprint.Attachment(
            string=data, name=_("invoice") + ".json", description=_("The data of this invoice"),
            created=created, modified=created, relationship="Data", url_fetcher=FETCHER,
        )  # fmt: skip
        return print_html(
            html,
            sheet=_CSS,
            fonts=_FONTS,
            accent=accent,
            finisher=_reserve_strip,
            cache=_images,
            pdf_variant="pdf/a-3b",
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            attachments=[attachment],
        )


def _reserve_strip(_document: weasyprint.Document, pdf: pydyf.PDF) -> None:
    """Say in the catalogue that the stamp finds room on the last page."""
    piece = pydyf.Dictionary({"LastModified": pydyf.String("D:20260101000000Z")})
    pdf.catalog["PieceInfo"] = pydyf.Dictionary({RESERVED_STRIP.lstrip("/"): piece})
