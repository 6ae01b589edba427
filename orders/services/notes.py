"""Fiscal notes and their orders: which belongs to which, what events mean, who is told.

Notes come in by batches (``note_checking``, ``note_import``). Staff decide where the portal
cannot tell.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.models import FiscalNote, NoteEvent, Order
from orders.models.notes import CANCELLING, SUBSTITUTING
from orders.services import note_mails
from portal.accounts.models import User
from portal.audit.services import record
from portal.files.services import delete_later
from portal.taxid import public_tax_id


class NotTied(Exception):
    """The note cannot belong to this order; the text says why."""


class AlreadyThere(Exception):
    """This note or event was imported before."""


def payer_tax_id(order: Order) -> str:
    """CPF or CNPJ of who pays: the payer named, else the company, else the holder."""
    if order.payer is not None:
        return str(order.payer.tax_id)
    return str(order.company_cnpj or order.holder_cpf)


def why_not(order: Order, taker_tax_id: str) -> str:
    """Why a note with this taker cannot belong to the order; "" where it can."""
    payer = payer_tax_id(order)
    if not taker_tax_id:
        return _("The note names no CPF or CNPJ of its taker.")
    if taker_tax_id != payer:
        return _("The taker of the note (%(taker)s) is not the payer of order %(number)s.") % {
            "taker": public_tax_id(taker_tax_id), "number": order.number,
        }  # fmt: skip
    return ""


def orders_of_payer(tax_id: str) -> list[Order]:
    """The orders whose payer this is, the newest first; at most a hundred."""
    if not tax_id:
        return []
    found = Order.objects.filter(payer__tax_id=tax_id)
    without = Order.objects.filter(payer__isnull=True)
    found |= without.filter(company_cnpj=tax_id) | without.filter(
        company_cnpj="", holder_cpf=tax_id
    )
    return list(found.select_related("payer").order_by("-requested_at", "-pk")[:100])


# --- what comes in


def add_note(note: FiscalNote, *, order: Order | None, at: datetime, by: User | None) -> FiscalNote:
    """Save a note that was read, and give it the events that waited. Raises AlreadyThere."""
    note.added_at = at
    if order is not None:
        note.order, note.tied_by, note.tied_at = order, by, at
    try:
        with transaction.atomic():
            note.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyThere from error
    note.refresh_from_db()
    NoteEvent.objects.filter(note_identity=note.identity, note__isnull=True).update(note=note)
    reckon_standing(note)
    return note


def add_event(event: NoteEvent, *, at: datetime) -> NoteEvent:
    """Save an event that was read; it waits when its note is not here. Raises AlreadyThere."""
    event.added_at = at
    # The note's row is locked: whoever adds another event of it comes before or after. A note that
    # is being added at this moment is not seen: see ``join_waiting_events``.
    notes = FiscalNote.objects.select_for_update(of=("self",))
    event.note = notes.filter(identity=event.note_identity).first()
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyThere from error
    event.refresh_from_db()
    if event.note is not None:
        reckon_standing(event.note)
    return event


def join_waiting_events() -> list[NoteEvent]:
    """Give events their notes where both came at the same moment, in two imports that did not see
    each other; those events. After each of them has committed one of the two finds it."""
    here = FiscalNote.objects.filter(identity=OuterRef("note_identity"))
    joined = []
    for event in NoteEvent.objects.filter(Exists(here), note__isnull=True).order_by("pk"):
        with transaction.atomic():
            locked = FiscalNote.objects.select_for_update(of=("self",))
            note = locked.filter(identity=event.note_identity).first()
            free = NoteEvent.objects.filter(pk=event.pk, note__isnull=True)
            if note is not None and free.update(note=note):
                event.note = note
                reckon_standing(note)
                joined.append(event)
    return joined


def reckon_standing(note: FiscalNote) -> None:
    """What the note's events come to: a substitution says more than a cancellation."""
    codes = set(note.events.values_list("code", flat=True))
    standing = FiscalNote.Standing.VALID
    if codes & set(SUBSTITUTING):
        standing = FiscalNote.Standing.SUBSTITUTED
    elif codes & set(CANCELLING):
        standing = FiscalNote.Standing.CANCELLED
    if standing != note.standing:
        note.standing = standing
        note.save(update_fields=["standing"])


# --- what staff decide


@transaction.atomic
def tie(
    note: FiscalNote, order: Order, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Say to which order a note belongs; its payer is told. Raises NotTied."""
    if obstacle := why_not(order, note.taker_tax_id):
        raise NotTied(obstacle)
    _change(note, _("This note has its order already."), order=order, tied_by=by, tied_at=at,
            set_aside_at=None, set_aside_why="")  # fmt: skip
    record(
        "note.tied", target=note, company=order.company_id, actor=by, request=request, at=at,
        data={"order": order.number},
    )  # fmt: skip
    note_mails.came(note, at=at)


@transaction.atomic
def untie(note: FiscalNote, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Take a note from its order: it is shown there no more, and waits for another."""
    order = note.order
    if order is None:
        raise NotTied(_("This note has no order."))
    note_mails.take_back([note], at=at)
    same = FiscalNote.objects.filter(pk=note.pk, order=order)
    if not same.update(order=None, tied_by=None, tied_at=None):
        raise NotTied(_("Somebody else changed this meanwhile. Look at it again."))
    note.order = None
    record(
        "note.untied", target=note, company=order.company_id, actor=by, request=request, at=at,
        data={"order": order.number},
    )  # fmt: skip


@transaction.atomic
def set_aside(
    note: FiscalNote, why: str, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Say that a note belongs to no order: it leaves the work list. Raises NotTied."""
    _change(
        note, _("This note has an order, or was set aside already."), set_aside_at=at,
        set_aside_why=why,
    )  # fmt: skip
    record("note.set_aside", target=note, actor=by, request=request, at=at)


@transaction.atomic
def bring_back(
    note: FiscalNote, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """A note that was set aside waits for its order again. Raises NotTied."""
    same = FiscalNote.objects.filter(pk=note.pk, set_aside_at__isnull=False)
    if not same.update(set_aside_at=None, set_aside_why=""):
        raise NotTied(_("This note is not set aside."))
    record("note.brought_back", target=note, actor=by, request=request, at=at)


@transaction.atomic
def discard_event(
    event: NoteEvent, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Give up an event whose note does not come. Raises NotTied when it came meanwhile."""
    waiting = NoteEvent.objects.filter(pk=event.pk, note__isnull=True)
    deleted, _models = waiting.delete()
    if not deleted:
        raise NotTied(_("The note of this event is here now."))
    _drop_files([event.file_key])
    record("note.event_discarded", target=event, actor=by, request=request, at=at)


def _change(note: FiscalNote, refusal: str, **values: object) -> None:
    """Change a note that has no order; of two at once one does, the other gets NotTied."""
    free = FiscalNote.objects.filter(pk=note.pk, order__isnull=True)
    if "order" not in values:
        free = free.filter(set_aside_at__isnull=True)
    if not free.update(**values):
        raise NotTied(refusal)
    note.refresh_from_db()


# --- undoing


def remove_events(events: Collection[NoteEvent]) -> None:
    """In a transaction: events that were imported by mistake. Their notes stand as before."""
    _drop_files(event.file_key for event in events)
    changed = [event.note for event in events if event.note is not None]
    NoteEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
    for note in changed:
        reckon_standing(note)


def _drop_files(keys: Iterable[str]) -> None:
    delete_later(*filter(None, keys))


def remove(notes: Collection[FiscalNote], *, at: datetime) -> None:
    """In a transaction: notes that were imported by mistake. Events of others wait for them again;
    who was told gets a correction."""
    note_mails.take_back(notes, at=at)
    delete_later(*(note.file_key for note in notes))
    FiscalNote.objects.filter(pk__in=[note.pk for note in notes]).delete()
