"""Lists as CSV and XLSX, and all documents of a list in one zip; none of it is held in memory."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, Any

import zipstream
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invoices.models import Document, DocumentEvent
from invoices.models.documents import DocumentQuerySet
from invoices.services.history import note_many
from portal.accounts.models import User
from portal.files.services import open_file
from portal.sheets.columns import Column, Kind
from portal.sheets.writing import write_csv

logger = logging.getLogger(__name__)

MAX_ROWS = 50_000
MAX_DOCUMENTS = 2_000
MAX_BYTES = 2 * 1024**3
READ = 64 * 1024
COLUMNS = (
    Column("type__name", label=gettext_lazy("Type"), width=26),
    Column("number", label=gettext_lazy("Number"), width=16),
    Column("version", label=gettext_lazy("Version"), kind=Kind.INTEGER),
    Column("unit__code", label=gettext_lazy("Unit"), width=12),
    Column("unit__name", label=gettext_lazy("Name of the unit"), width=26),
    Column("period", label=gettext_lazy("Period"), kind=Kind.MONTH),
    Column("amount_cents", label=gettext_lazy("Amount"), kind=Kind.MONEY),
    Column("due_date", label=gettext_lazy("Due date"), kind=Kind.DAY),
    Column("published_at", label=gettext_lazy("Published on"), kind=Kind.DAY),
    Column("signed_by", label=gettext_lazy("Signed by"), width=34),
    Column("available_until", label=gettext_lazy("Available until"), kind=Kind.DAY),
    Column("release", label=gettext_lazy("Release"), width=20),
    Column("sha256", label="SHA-256", width=66),
    Column("verification_code", label=gettext_lazy("Verification code"), width=20),
)


def check_rows(documents: QuerySet[Any]) -> None:
    """ValidationError when a list, of documents or of what is left of them, is too long for a file."""
    if documents.order_by()[MAX_ROWS : MAX_ROWS + 1].exists():
        raise ValidationError(
            _("This list has more than %(number)s documents: choose a shorter period or a unit.")
            % {"number": f"{MAX_ROWS:,}".replace(",", ".")}
        )


def rows_of(documents: DocumentQuerySet) -> Iterator[Sequence[Any]]:
    """The values of ``COLUMNS``, ordered as on the page."""
    release = {str(key): str(label) for key, label in Document.Release.choices}
    ordered = documents.order_by("-period", "-pk").values_list(*[c.name for c in COLUMNS])
    for *first, published, signed_by, until, state, sha256, code in ordered.iterator(1000):
        day = timezone.localtime(published).date()
        yield [*first, day, signed_by, until, release[state], sha256, code]


def documents_to_pack(documents: DocumentQuerySet) -> list[Document]:
    """The documents of a zip. ValidationError when there is none, or more than one zip may hold."""
    wanted = documents.select_related("unit", "type").order_by("-period", "-pk")
    found = list(wanted[: MAX_DOCUMENTS + 1])
    if not found:
        raise ValidationError(_("There is no document in this selection."))
    if len(found) > MAX_DOCUMENTS or sum(document.size for document in found) > MAX_BYTES:
        raise ValidationError(
            ngettext(
                "A zip holds up to %(number)s document and 2 GB: choose fewer months or a unit.",
                "A zip holds up to %(number)s documents and 2 GB: choose fewer months or a unit.",
                MAX_DOCUMENTS,
            )
            % {"number": f"{MAX_DOCUMENTS:,}".replace(",", ".")}
        )
    return found


class Pack:
    """A zip that is made while it is read: ``U001/2026-03/fatura….pdf``, and ``indice.csv``.

    Iterate once. What was read to its end counts as downloaded, also when the reader goes away
    before the zip is complete; a file that the store has lost is named in the index.
    """

    def __init__(self, documents: list[Document], user: User, at: datetime) -> None:
        self.documents, self.user, self.at = documents, user, at
        self.read: list[int] = []
        self.lost: set[int] = set()

    def __iter__(self) -> Iterator[bytes]:
        archive = zipstream.ZipStream(compress_type=zipstream.ZIP_STORED)
        try:
            for document, path in zip(self.documents, self._paths(), strict=True):
                yield from self._add(archive, document, path)
            archive.add(self._index(), "indice.csv", compress_type=zipstream.ZIP_DEFLATED)
            yield from archive.finalize()
        finally:
            note_many(self.read, DocumentEvent.Kind.DOWNLOADED, self.user, self.at)

    def _add(self, archive: zipstream.ZipStream, document: Document, path: str) -> Iterator[bytes]:
        try:
            main = open_file(document.file_key)
            extra = open_file(document.signature_key) if document.signature_key else None
        except OSError:
            logger.exception("Document %s is missing from the file store", document.pk)
            self.lost.add(document.pk)
            return
        # With its size the entry needs no 64-bit extension, which older programs cannot read.
        archive.add(_chunks(main), path, size=document.size)
        if extra is not None:
            archive.add(b"".join(_chunks(extra)), f"{path}.p7s")
        yield from archive.all_files()
        self.read.append(document.pk)

    def _paths(self) -> Iterator[str]:
        """Names that say what is in them; never twice the same."""
        taken: set[str] = set()
        for document in self.documents:
            stem, dot, extension = document.download_name.rpartition(".")
            folder = "".join(c if c.isalnum() or c in "-_" else "-" for c in document.unit.code)
            path = f"{folder}/{document.period:%Y-%m}/{stem}{dot}{extension}"
            if path.lower() in taken:
                path = f"{folder}/{document.period:%Y-%m}/{stem}_{document.pk}{dot}{extension}"
            taken.add(path.lower())
            yield path

    def _index(self) -> bytes:
        columns = [
            Column("file", label=_("File")), *COLUMNS, Column("remark", label=_("Remark")),
        ]  # fmt: skip
        return b"".join(write_csv(columns, self._index_rows()))

    def _index_rows(self) -> Iterator[Sequence[Any]]:
        release = {str(key): str(label) for key, label in Document.Release.choices}
        for document, path in zip(self.documents, self._paths(), strict=True):
            lost = document.pk in self.lost
            yield [
                None if lost else path, document.type.name, document.number, document.version,
                document.unit.code, document.unit.name, document.period, document.amount_cents,
                document.due_date, timezone.localtime(document.published_at).date(),
                document.signed_by, document.available_until, release[document.release],
                document.sha256, document.verification_code,
                _("The file could not be read; please contact us.") if lost else None,
            ]  # fmt: skip


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(READ):
            yield chunk
