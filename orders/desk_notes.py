"""What fiscal notes add to the desk: menu, permissions, files, words."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.models.notes import CHANGE_NOTES, VIEW_NOTES
from portal import desks
from portal.permissions import may_work

# What billing does with notes: look them up, import them, say to which order they belong.
PERMISSIONS = [VIEW_NOTES, CHANGE_NOTES]
FILES = (
    "orders.FiscalNote.file_key", "orders.NoteBatch.file_key", "orders.NoteEvent.file_key",
    "orders.NoteRow.file_key",
)  # fmt: skip


def _sees_notes(request: HttpRequest) -> bool:
    return may_work(request, VIEW_NOTES)


NAV = desks.NavItem(
    _("Fiscal notes of orders"), "orders:fiscal_notes", "receipt", "staff", 48, _sees_notes
)
AUDIT_WORDS = {
    "note.tied": _("Said to which order a fiscal note belongs"),
    "note.untied": _("Took a fiscal note from its order"),
    "note.set_aside": _("Set a fiscal note aside: it belongs to no order"),
    "note.brought_back": _("Put a fiscal note back on the work list"),
    "note.event_discarded": _("Discarded an event whose fiscal note did not come"),
    "note.order_decided": _("Decided about the order of a fiscal note before its import"),
    "note.proposals_accepted": _("Accepted the orders proposed for fiscal notes"),
}
JOB_WORDS = {
    "orders.check_notes": _("Check fiscal notes"),
    "orders.import_notes": _("Import fiscal notes"),
    "orders.undo_notes": _("Take back fiscal notes"),
    "orders.clear_notes": _("Remove the files of a batch of fiscal notes"),
}
