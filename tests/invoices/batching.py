"""Makes files, zips, manifests and batches for the tests of publishing."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from invoices.models import Batch, Document
from invoices.services import batch_actions as services
from invoices.services.document_spec import DocumentSpec, SourceFile
from invoices.services.document_versions import Outcome
from invoices.services.publish_one import publish
from portal.outbox import delivery
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from tests.factories import Cast

HEADER = ("unidade", "tipo", "periodo", "numero", "valor", "vencimento", "arquivo")


@cache
def a_pdf(title: str = "um") -> bytes:
    """One blank page; another title makes other bytes."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = title
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def an_encrypted_pdf() -> bytes:
    with pikepdf.open(io.BytesIO(a_pdf("cifrado"))) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="x", user="y"))
        return out.getvalue()


def a_scripted_pdf() -> bytes:
    with pikepdf.open(io.BytesIO(a_pdf("script"))) as pdf:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.OpenAction = pdf.make_indirect(action)
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def an_xlsx(rows: Sequence[Sequence[object]] = (("a", 1),)) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_csv(
    rows: Sequence[Sequence[object]], *, header: Sequence[str] = HEADER, delimiter: str = ";"
) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([header, *rows])
    return out.getvalue().encode()


def a_zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            # A time of its own: the same files make the same bytes a second later.
            info = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def a_row(unit: str, number: object, **changes: object) -> list[object]:
    """A right row for an invoice of 03/2026, in the order of HEADER."""
    row = {
        "unidade": unit, "tipo": "fatura-servicos", "periodo": "03/2026", "numero": number,
        "valor": "1.234,56", "vencimento": "10/04/2026", "arquivo": f"{number}.pdf", **changes,
    }  # fmt: skip
    return [row[name] for name in HEADER]


def a_batch_zip(unit: str, numbers: Sequence[object], *, edition: str = "") -> bytes:
    """A zip with its manifest inside; another ``edition`` makes other PDFs of the same invoices."""
    rows = [a_row(unit, number) for number in numbers]
    files = {f"{number}.pdf": a_pdf(f"{unit}-{number}-{edition}") for number in numbers}
    return a_zip({"manifesto.csv": a_csv(rows), **files})


def publish_file(
    source: bytes, *, file_name: str, notify: bool = True, **values: Any
) -> tuple[Document, Outcome]:
    """Publish these bytes as the document that ``values`` describe."""
    file = SourceFile.from_bytes(source, file_name)
    return publish(DocumentSpec(file=file, **values), notify=notify)


def files_in(folder: Path) -> set[str]:
    """The keys of all files in a store."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


class Page:
    """A clerk's browser: called with the name of a page it gets it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, name: str, *args: object, **query: str) -> Any:
        return self.client.get(reverse(f"invoices:{name}", args=args), query)


def upload(data: bytes, name: str = "faturas.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def hand_in(cast: Cast, data: bytes, manifest: bytes | None = None) -> Batch:
    """Handed in and checked."""
    beside = upload(manifest, "manifesto.csv") if manifest else None
    batch, _new = services.receive(upload(data), beside, name="Faturas", by=cast.faturista)
    delivery.sweep()
    batch.refresh_from_db()
    return batch


def do(batch: Batch, action: Callable[..., None], cast: Cast) -> Batch:
    action(batch, by=cast.faturista, at=timezone.now())
    delivery.sweep()
    batch.refresh_from_db()
    return batch


def text_of(entry: Entry) -> str:
    message = opened(entry)
    assert message is not None
    return message.text


def errors_of(batch: Batch) -> dict[int, list[tuple[str, str]]]:
    rows = batch.rows.filter(outcome="error")
    return {row.line: [(e["column"], e["message"]) for e in row.errors] for row in rows}
