"""What a document to be published is, and whether the file handed in for it may go out."""

import hashlib
import io
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings

from invoices.models import DocumentType
from portal.accounts.models import Unit, User
from portal.files.checks import check_pdf, check_upload
from portal.files.services import open_file

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
ALLOWED = {PDF, XLSX, CSV}
ANY_VERSION = -1

Identity = tuple[int, int, date, str]


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """The file handed in for a document: its bytes, or its key in the private store.

    ``is_ours``: the portal has just made it, of its own data.
    """

    name: str
    sha256: str
    key: str = ""
    data: bytes = field(default=b"", repr=False)
    is_ours: bool = False

    @classmethod
    def from_bytes(cls, data: bytes, name: str, *, is_ours: bool = False) -> "SourceFile":
        return cls(name=name, sha256=digest(data), data=data, is_ours=is_ours)

    def read(self) -> bytes:
        """The bytes. Raises FileNotFoundError when the store no longer has them."""
        if not self.key:
            return self.data
        with open_file(self.key) as file:
            return file.read()


@dataclass(frozen=True, kw_only=True)
class DocumentSpec:
    """What is to be published: which document, from which file, by whom, as of when.

    Built once by each entrance (single page, draft, row of a batch) and handed through to the
    end. ``replaces`` is the key of the version that it replaces, None when there must be none,
    ANY_VERSION when it does not matter.
    """

    unit: Unit
    type: DocumentType
    period: date
    number: str
    amount_cents: int | None
    due_date: date | None
    file: SourceFile
    by: User | None
    at: datetime
    replaces: int | None = ANY_VERSION

    @property
    def identity(self) -> Identity:
        """What all versions of a document share."""
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
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
