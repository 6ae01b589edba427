"""Who may use the addresses of fiscal notes; see ``access``."""

from typing import Any

from django.utils import timezone

from orders.models import FiscalNote, NoteBatch, NoteEvent, NoteRow
from tests.access import Own
from tests.factories import Cast, next_number
from tests.factories.orders import make_order
from tests.orders.noting import note_values

VIEW, CHANGE = "orders.view_fiscalnote", "orders.change_fiscalnote"
# Of one order, for its client; staff have pages of their own.
NOTES = {"orders:notes", "orders:note_xml", "orders:note_pdf", "orders:note_event_xml"}
SEEN = {"orders:fiscal_note", "orders:fiscal_note_xml", "orders:fiscal_note_pdf"}
ACTS = {
    "orders:note_tie", "orders:note_untie", "orders:note_set_aside", "orders:note_bring_back",
}  # fmt: skip
_B = "orders:note_batch"
BATCH = {
    f"{_B}{act}"
    for act in (
        "",
        "_progress",
        "_rows",
        "_accept",
        "_apply",
        "_undo",
        "_discard",
        "_go_on",
        "_stop",
    )
}
STAFF = {
    **dict.fromkeys({"orders:fiscal_notes", "orders:note_events", "orders:fiscal_note_event_xml"} | SEEN, VIEW),
    **dict.fromkeys(
        {"orders:note_batches", "orders:note_batch_new", "orders:note_batch_row",
         "orders:note_event_discard"} | ACTS | BATCH, CHANGE,
    ),
}  # fmt: skip
OWN = Own(NOTES, owners=["ana"], opens=NOTES, readers=["admin", "agente", "faturista"])


def arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    """A note of Ana's order, an import and an event that waits."""
    order = make_order(holder=cast.ana)
    now, which = timezone.now(), str(next_number())
    note = FiscalNote.objects.create(
        **note_values(f"walk:{which}"), order=order, tied_at=now, added_at=now
    )
    batch = NoteBatch.objects.create(name="Notas", status=NoteBatch.Status.CHECKED, total=1)
    row = NoteRow.objects.create(
        batch=batch, line=1, outcome=NoteRow.Outcome.LOOSE,
        values={"file": "a.xml", "number": "7", "taker_tax_id": "", "service_cents": 100},
    )  # fmt: skip
    event = NoteEvent.objects.create(
        identity=f"walk:{which}:1",
        note_identity="walk",
        code="101101",
        at=now,
        added_at=now,
        file_key=note.file_key,
        sha256=note.sha256,
        size=note.size,
    )
    of_note = NoteEvent.objects.create(
        identity=f"walk:{which}:2", note_identity=note.identity, note=note, code="101101", at=now,
        added_at=now, file_key=note.file_key, sha256=note.sha256, size=note.size,
    )  # fmt: skip
    of_order = {"number": order.number, "note": note.pk}
    return {
        "orders:notes": {"number": order.number}, "orders:note_xml": of_order,
        "orders:note_pdf": of_order, **{name: {"pk": note.pk} for name in SEEN | ACTS},
        **{name: {"pk": batch.pk} for name in BATCH},
        "orders:note_batch_row": {"pk": batch.pk, "line": row.line},
        "orders:note_event_discard": {"pk": event.pk},
        "orders:fiscal_note_event_xml": {"pk": event.pk},
        "orders:note_event_xml": {**of_order, "event": of_note.pk},
    }  # fmt: skip
