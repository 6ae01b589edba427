"""Hands in fiscal notes for tests, and has the portal work on them."""

import io
import zipfile
from typing import Any

from django.core.files.base import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from orders.models import FiscalNote, NoteBatch, NoteRow
from orders.services.note_checking import receive
from portal.batches import services as batches
from portal.files.services import claim, store
from portal.outbox import delivery
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from tests.factories.nfse import PROVIDER


def upload(data: bytes, name: str = "nota.xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def zipped(*files: bytes, name: str = "notas.zip") -> SimpleUploadedFile:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, data in enumerate(files):
            archive.writestr(f"{place:03}.xml", data)
    return upload(made.getvalue(), name)


def checked(*files: bytes | File[Any], by: Any = None) -> NoteBatch:
    """An import of these files, checked."""
    sent = [
        upload(file, f"{n}.xml") if isinstance(file, bytes) else file
        for n, file in enumerate(files)
    ]
    batch, _is_new = receive(sent, name="Notas", by=by)
    return worked_off(batch)


def worked_off(batch: NoteBatch) -> NoteBatch:
    delivery.sweep()
    batch.refresh_from_db()
    return batch


def imported(*files: bytes | File[Any], by: Any = None) -> NoteBatch:
    """An import of these files, carried out."""
    batch = checked(*files, by=by)
    batches.apply(batch, by=by, at=timezone.now())
    return worked_off(batch)


def outcomes(batch: NoteBatch) -> list[str]:
    return list(batch.rows.order_by("line").values_list("outcome", flat=True))


def the_row(batch: NoteBatch) -> NoteRow:
    return NoteRow.objects.get(batch=batch)


def the_note() -> FiscalNote:
    return FiscalNote.objects.get()


def mails() -> list[tuple[str, str]]:
    """Address and subject of each mail that waits or was sent, the oldest first."""
    found = Entry.objects.filter(kind=Entry.Kind.MAIL).exclude(status=Entry.Status.CANCELLED)
    sent = ((entry.recipient, opened(entry)) for entry in found.order_by("pk"))
    return [(address, mail.subject) for address, mail in sent if mail]


def note_values(identity: str, **values: Any) -> dict[str, Any]:
    """The fields of a note of ABRASF, with an XML in the store."""
    stored = store(b"<CompNfse/>", prefix="orders/notes", name="nota.xml")
    claim(stored.key)
    return {
        "identity": identity, "layout": FiscalNote.Layout.ABRASF, "version": "2.04", "number": "7",
        "issued_at": timezone.now(), "competence": timezone.localdate(),
        "provider_name": "AR Exemplo Ltda.", "provider_tax_id": PROVIDER, "service_cents": 15_000,
        "net_cents": 15_000, "file_key": stored.key, "size": stored.size, "sha256": stored.sha256,
        "service": "Certificado digital", **values,
    }  # fmt: skip
