"""What a document to be published is, and whether the file handed in for it may go out."""

import hashlib
import io
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from invoices.models import DocumentType
from portal.accounts.models import Unit
from portal.files.checks import check_pdf, check_upload

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
ALLOWED = {PDF, XLSX, CSV}

Identity = tuple[int, int, date, str]


@dataclass(frozen=True)
class DocumentSpec:
    """What somebody asks to be published: one unit's document of a type, period and number."""

    unit: Unit
    type: DocumentType
    period: date
    number: str
    amount_cents: int | None
    due_date: date | None
    file_name: str
    source_sha256: str

    @property
    def identity(self) -> Identity:
        return (self.unit.pk, self.type.pk, self.period, self.number)


def content_type_of(data: bytes, file_name: str) -> str:
    """PDF, XLSX or CSV, by looking. Raises ValidationError for anything else."""
    file = io.BytesIO(data)
    file.name = file_name
    return check_upload(file, allowed=ALLOWED, max_bytes=settings.UPLOAD_MAX_BYTES)


def check_source(data: bytes, file_name: str) -> str:
    """The content type of what was handed in: a sound PDF, an XLSX or a CSV.

    Raises ValidationError for anything else, for what is too large, and for a PDF that is
    encrypted or holds JavaScript.
    """
    content_type = content_type_of(data, file_name)
    if content_type == PDF:
        check_pdf(io.BytesIO(data))
    return content_type


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
