"""Fiscal notes: what is done once; see ``races``."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from orders.models import FiscalNote, NoteBatch, NoteEvent
from orders.services import note_checking, note_import, notes
from portal.accounts.models import User
from portal.batches import services as batches
from portal.outbox.models import Entry
from tests.factories import Cast, a_cpf
from tests.factories.nfse import event_of, make_key, national_note
from tests.factories.orders import make_order
from tests.orders.noting import checked, note_values, upload
from tests.racing import Race, Work

_S = "orders.services"


def _hand_in(cast: Cast) -> Work:
    data = national_note(taker=a_cpf())
    return lambda: note_checking.receive([upload(data)], name="Notas", by=cast.faturista)


def _check(cast: Cast) -> Work:
    batch, _is_new = note_checking.receive(
        [upload(national_note(taker=a_cpf()))], name="Notas", by=cast.faturista
    )
    return lambda: note_checking.check_slice(NoteBatch.objects.get(pk=batch.pk), by=None)


def _import(cast: Cast) -> Work:
    order, key = make_order(), make_key()
    text = f"Pedido {order.number}"
    batch = checked(national_note(taker=order.holder_cpf, key=key, text=text), event_of(make_key()))
    batches.start_applying(batch, by=cast.faturista, at=timezone.now())
    return lambda: note_import.import_slice(NoteBatch.objects.get(pk=batch.pk), by=cast.faturista)


def _on_a_note(act: Callable[[FiscalNote, User], None], **values: object) -> Callable[[Cast], Work]:
    def prepare(cast: Cast) -> Work:
        order = make_order()
        note = FiscalNote.objects.create(
            **note_values("corrida", taker_tax_id=order.holder_cpf),
            added_at=timezone.now(), **values,
        )  # fmt: skip
        return lambda: act(FiscalNote.objects.get(pk=note.pk), cast.faturista)

    return prepare


def _tie(note: FiscalNote, by: User) -> None:
    notes.tie(note, notes.orders_of_payer(note.taker_tax_id)[0], by=by, at=timezone.now())


def _set_aside(note: FiscalNote, by: User) -> None:
    notes.set_aside(note, "De outro setor.", by=by, at=timezone.now())


def _bring_back(note: FiscalNote, by: User) -> None:
    notes.bring_back(note, by=by, at=timezone.now())


def _untie(cast: Cast) -> Work:
    order, at = make_order(), timezone.now()
    note = FiscalNote.objects.create(
        **note_values("corrida", taker_tax_id=order.holder_cpf), added_at=at
    )
    notes.tie(note, order, by=cast.faturista, at=at - timedelta(hours=1))
    Entry.objects.filter(kind=Entry.Kind.MAIL).update(status=Entry.Status.DONE)
    return lambda: notes.untie(
        FiscalNote.objects.select_related("order__payer").get(pk=note.pk), by=cast.faturista,
        at=at,
    )  # fmt: skip


def _discard(cast: Cast) -> Work:
    now = timezone.now()
    event = NoteEvent.objects.create(
        identity="corrida", note_identity="x", code="101101", at=now, added_at=now
    )
    return lambda: notes.discard_event(
        NoteEvent(pk=event.pk, code="101101"), by=cast.faturista, at=now
    )


def _accept(cast: Cast) -> Work:
    order = make_order()
    batch = checked(national_note(taker=order.holder_cpf))
    return lambda: note_import.accept_proposals(batch, by=cast.faturista, at=timezone.now())


RACES = [
    Race(name="hand-in-notes", prepare=_hand_in, services=set(), leaves={"orders.NoteBatch": 1}),
    Race(name="check-notes", prepare=_check, services=set(), leaves={"orders.NoteRow": 1}),
    Race(name="import-notes", prepare=_import,
         services={f"{_S}.notes.add_note", f"{_S}.notes.add_event", f"{_S}.notes.reckon_standing",
                   f"{_S}.note_mails._mail"},
         leaves={"orders.FiscalNote": 1, "orders.NoteEvent": 1}),
    Race(name="tie-note", prepare=_on_a_note(_tie), services=set(), told=(notes.NotTied,),
         leaves={"outbox.Entry": 1}),
    Race(name="set-note-aside", prepare=_on_a_note(_set_aside), services=set(),
         told=(notes.NotTied,), leaves={"audit.AuditEvent": 1}),
    Race(name="bring-note-back", told=(notes.NotTied,), services=set(),
         prepare=_on_a_note(_bring_back, set_aside_at=timezone.now()),
         leaves={"audit.AuditEvent": 1}),
    Race(name="untie-note", prepare=_untie, services=set(), told=(notes.NotTied,),
         leaves={"outbox.Entry": 1, "audit.AuditEvent": 1}),
    Race(name="discard-event", prepare=_discard, services=set(), told=(notes.NotTied,),
         leaves={"audit.AuditEvent": 1}),
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {}
