"""Lists as CSV and XLSX, and all documents of a list in one zip; none of it is held in memory."""

import csv
import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import StringIO
from typing import IO, Any

import zipstream
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from invoices.models import Document, DocumentEvent
from invoices.models.documents import DocumentQuerySet
from invoices.services.history import note_many
from portal.accounts.models import User
from portal.files.services import open_file
from portal.money import format_cents
from portal.periods import format_period

logger = logging.getLogger(__name__)

MAX_ROWS = 50_000
MAX_DOCUMENTS = 2_000
MAX_BYTES = 2 * 1024**3
READ = 64 * 1024
FIELDS = (
    "type__name", "number", "version", "unit__code", "unit__name", "period", "amount_cents",
    "due_date", "published_at", "signed_by", "available_until", "release", "sha256",
    "verification_code",
)  # fmt: skip


def header() -> list[str]:
    return [
        _("Type"), _("Number"), _("Version"), _("Unit"), _("Name of the unit"), _("Period"),
        _("Amount"), _("Due date"), _("Published on"), _("Signed by"), _("Available until"),
        _("Release"), "SHA-256", _("Verification code"),
    ]  # fmt: skip


def plain_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else value


def check_rows(documents: DocumentQuerySet) -> None:
    """ValidationError when a list is too long for one file."""
    if documents.order_by()[MAX_ROWS : MAX_ROWS + 1].exists():
        raise ValidationError(
            _("This list has more than %(number)s documents: choose a shorter period or a unit.")
            % {"number": f"{MAX_ROWS:,}".replace(",", ".")}
        )


def _rows(documents: DocumentQuerySet) -> Iterator[list[Any]]:
    """Values as they are: text, ``date``, cents; ordered as on the page."""
    release = {str(key): str(label) for key, label in Document.Release.choices}
    ordered = documents.order_by("-period", "-pk").values_list(*FIELDS)
    for row in ordered.iterator(chunk_size=1000):
        values = list(row)
        values[8] = values[8].date()
        values[11] = release[values[11]]
        yield values


def _cell_text(position: int, value: Any) -> str:
    if value is None:
        return ""
    if position == 5:
        return format_period(value)
    if position == 6:
        return format_cents(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return plain_text(value) if isinstance(value, str) else str(value)


def csv_lines(documents: DocumentQuerySet) -> Iterator[bytes]:
    """The list as CSV, a line at a time: ``;``, UTF-8 with BOM, as Brazilian Excel opens it."""
    yield b"\xef\xbb\xbf" + _csv_line(header())
    for row in _rows(documents):
        yield _csv_line([_cell_text(i, value) for i, value in enumerate(row)])


def _csv_line(values: Iterable[str]) -> bytes:
    line = StringIO()
    csv.writer(line, delimiter=";").writerow(values)
    return line.getvalue().encode()


def write_xlsx(documents: DocumentQuerySet, output: IO[bytes]) -> None:
    """The list as a workbook with real dates and numbers; text is never a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Documents"))
    sheet.freeze_panes = "A2"
    for column, width in zip(
        "ABCDEFGHIJKLMN", (26, 16, 8, 12, 26, 10, 14, 12, 14, 34, 14, 20, 66, 20), strict=True
    ):
        sheet.column_dimensions[column].width = width
    sheet.append([_xlsx_cell(sheet, i, value) for i, value in enumerate(header())])
    for row in _rows(documents):
        sheet.append([_xlsx_cell(sheet, i, value) for i, value in enumerate(row)])
    book.save(output)


def _xlsx_cell(sheet: Any, position: int, value: Any) -> Any:
    if position == 6 and isinstance(value, int):
        cell = WriteOnlyCell(sheet, value / 100)
        cell.number_format = "#,##0.00"
        return cell
    cell = WriteOnlyCell(sheet, plain_text(value) if isinstance(value, str) else value)
    if isinstance(value, date):
        cell.number_format = "mm/yyyy" if position == 5 else "dd/mm/yyyy"
    return cell


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
        lines = [b"\xef\xbb\xbf" + _csv_line([_("File"), *header(), _("Remark")])]
        release = {str(key): str(label) for key, label in Document.Release.choices}
        for document, path in zip(self.documents, self._paths(), strict=True):
            lost = document.pk in self.lost
            values = [
                document.type.name, document.number, document.version, document.unit.code,
                document.unit.name, document.period, document.amount_cents, document.due_date,
                document.published_at.date(), document.signed_by, document.available_until,
                release[document.release], document.sha256, document.verification_code,
            ]  # fmt: skip
            cells = [_cell_text(i, value) for i, value in enumerate(values)]
            remark = _("The file could not be read; please contact us.") if lost else ""
            lines.append(_csv_line(["" if lost else path, *cells, remark]))
        return b"".join(lines)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(READ):
            yield chunk
