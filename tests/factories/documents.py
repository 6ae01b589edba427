"""Documents of the invoice desk, their types, their drafts, and a PDF for them."""

import hashlib
import io
from datetime import date, datetime
from functools import cache

import pikepdf
from django.db import transaction
from django.utils import timezone

from invoices.models import Document, DocumentType, InvoiceDraft, InvoiceItem
from invoices.models.documents import retention_end
from portal.accounts.models import Unit
from portal.files import services as files
from portal.public_codes import new_code
from tests.factories.numbers import next_number


@cache
def small_pdf(pages: int = 1, text: str = "Fatura") -> bytes:
    """A real PDF of a few hundred bytes a page."""
    pdf = pikepdf.new()
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(595, 842))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(f"BT /F1 24 Tf 72 720 Td ({text} {number}) Tj ET".encode())
    output = io.BytesIO()
    pdf.save(output, deterministic_id=True)
    return output.getvalue()


def make_type(
    code: str = "fatura-servicos", name: str = "Fatura de serviços", kind: str = "invoice"
) -> DocumentType:
    return DocumentType.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[0]


def make_report_type() -> DocumentType:
    return make_type("relatorio-ponto", "Relatório de ponto", "report")


def make_document(
    unit: Unit,
    *,
    type: DocumentType | None = None,  # noqa: A002
    period: date = date(2026, 10, 1),
    number: str = "",
    published_at: datetime | None = None,
    content: bytes | None = None,
    file_name: str = "fatura.pdf",
    months: int = 6,
    **values: object,
) -> Document:
    """A published document with its bytes in the store, as publishing leaves it, but not signed."""
    type = type or make_type()  # noqa: A001
    number = number or f"{next_number():05d}"
    published_at = published_at or timezone.now()
    content = small_pdf() if content is None else content
    last_day, end = retention_end(published_at.astimezone(unit.zone).date(), months, unit.timezone)
    stored = files.store(content, prefix="invoices/documents", name=file_name)
    values = {
        "amount_cents": 123_456 if type.kind == "invoice" else None,
        "due_date": date(2026, 11, 20) if type.kind == "invoice" else None,
        "release": "pending" if type.kind == "invoice" else "not_asked",
        "signature": "pades" if stored.content_type == "application/pdf" else "cms",
        "signed_by": "Serviços do Estado S.A.",
        "signed_at": published_at,
        "content_type": stored.content_type,
        "size": stored.size,
        "sha256": stored.sha256,
        "source_sha256": hashlib.sha256(content).hexdigest(),
        "verification_code": new_code(),
        "available_until": last_day,
        "expires_at": end,
        **values,
    }
    with transaction.atomic():
        files.claim(stored.key)
        return Document.objects.create(
            unit=unit, type=type, period=period, number=number, published_at=published_at,
            file_key=stored.key, file_name=file_name, **values,
        )  # fmt: skip


def make_draft(unit: Unit, *, items: int = 2, number: str = "", **values: object) -> InvoiceDraft:
    """The data of an invoice; each of its lines is 2,5 × R$ 10,01."""
    values.setdefault("type", make_type())
    values.setdefault("period", date(2026, 10, 1))
    values.setdefault("due_date", date(2026, 11, 20))
    draft = InvoiceDraft.objects.create(
        unit=unit, number=number or f"R{next_number():05d}", **values
    )
    InvoiceItem.objects.bulk_create(
        InvoiceItem(
            draft=draft, position=i, description=f"Serviço {i + 1}", quantity_milli=2500,
            price_cents=1001,
        )
        for i in range(items)
    )  # fmt: skip
    return draft
