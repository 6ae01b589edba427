"""Fiscal notes find their orders, once; their events find them; an import can be undone."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from orders.models import FiscalNote, NoteBatch, NoteEvent, NoteRow, Order
from orders.services import note_import, notes
from portal.batches import services as batches
from portal.files.models import DoomedFile
from portal.outbox.models import Entry
from portal.payments.models import Payer
from tests.factories import a_cnpj, a_cpf
from tests.factories.nfse import abrasf_1, abrasf_2, abrasf_list, event_of, make_key, national_note
from tests.factories.orders import make_order
from tests.orders.noting import (
    checked,
    imported,
    mails,
    outcomes,
    the_note,
    the_row,
    upload,
    worked_off,
    zipped,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
Standing = FiscalNote.Standing


@pytest.fixture(autouse=True)
def _mails_wait(settings) -> None:
    settings.BATCH_MAIL_MINUTES = 5


def order_of(tax_id: str, **values: object) -> Order:
    """An order paid by this person, who has an address."""
    payer = Payer.objects.create(name="Paga Tudo", tax_id=tax_id, email="paga@exemplo.com.br")
    return make_order(payer=payer, **values)  # type: ignore[arg-type]


def test_a_note_that_names_its_order_is_tied_and_its_payer_told() -> None:
    taker = a_cpf()
    order = order_of(taker)
    data = national_note(taker=taker, text=f"Certificado, pedido {order.number}")
    batch = checked(data)
    assert outcomes(batch) == [NoteRow.Outcome.TIED]
    assert not FiscalNote.objects.exists()
    batches.apply(batch, by=None, at=timezone.now())
    worked_off(batch)
    note = the_note()
    assert note.order == order
    assert (note.service_cents, note.competence.isoformat()) == (15_000, "2026-03-10")
    with default_storage.open(note.file_key) as file:
        assert file.read() == data
    assert mails() == [("paga@exemplo.com.br", f"Nota fiscal do pedido {order.number}")]
    assert Entry.objects.get(kind=Entry.Kind.MAIL).due_at > timezone.now() + timedelta(minutes=4)


def test_the_number_of_the_rps_is_an_order_only_when_its_payer_takes_the_note() -> None:
    taker = a_cpf()
    order = order_of(taker, number=2_758_387)
    other = order_of(a_cpf(), number=2_732_509)
    batch = checked(
        national_note(taker=taker, dps=order.number, text="x"),
        national_note(taker=taker, dps=other.number, text="x", cents=77),
    )
    assert outcomes(batch) == ["tied", "loose"]


def test_a_note_and_its_cancellation_that_come_at_the_same_moment_find_each_other() -> None:
    """Two imports at once do not see each other's rows: neither the note finds its event, nor the
    event its note. The next slice of either joins them."""
    taker, key = a_cpf(), make_key()
    order = order_of(taker)
    imported(event_of(key))
    event = NoteEvent.objects.get()
    imported(national_note(taker=taker, key=key, text=f"Pedido {order.number}"))
    NoteEvent.objects.update(note=None)
    FiscalNote.objects.update(standing=Standing.VALID)
    imported(national_note(taker=taker, key=make_key(), text="x"))
    event.refresh_from_db()
    assert event.note is not None
    assert event.note.standing == Standing.CANCELLED


def test_a_note_of_another_taker_is_refused_with_the_reason() -> None:
    order = order_of(a_cpf())
    batch = checked(national_note(taker=a_cpf(), text=f"Pedido {order.number}"))
    row = the_row(batch)
    assert row.outcome == "error"
    assert f"não é o pagador do pedido {order.number}" in row.errors[0]["message"]
    assert not batch.can_be_applied
    # Of a note without a taker nobody knows whose it is.
    assert outcomes(checked(national_note(taker="", text=f"Pedido {order.number}"))) == ["error"]


def test_without_a_number_taker_and_amount_propose_and_staff_decide(cast) -> None:
    taker = a_cpf()
    order = order_of(taker)
    batch = checked(national_note(taker=taker))
    assert (the_row(batch).outcome, the_row(batch).order) == ("proposed", order)
    batches.apply(batch, by=None, at=timezone.now())
    worked_off(batch)
    assert the_note().order is None  # nobody said yes
    assert mails() == []
    notes.tie(the_note(), order, by=cast.admin, at=timezone.now())
    assert the_note().order == order
    assert len(mails()) == 1


def test_proposals_are_accepted_together_or_decided_one_by_one(cast) -> None:
    one, two = a_cpf(), a_cpf()
    first, second = order_of(one), order_of(two)
    other = make_order(payer=second.payer, price_cents=99)
    batch = checked(national_note(taker=one), national_note(taker=two))
    row = batch.rows.get(values__taker_tax_id=two)
    with pytest.raises(notes.NotTied):
        note_import.decide(row, first, by=cast.admin, at=timezone.now())
    note_import.decide(row, other, by=cast.admin, at=timezone.now())
    assert note_import.accept_proposals(batch, by=cast.admin, at=timezone.now()) == 1
    batch.refresh_from_db()
    assert {name: count for name, count in batch.counts.items() if count} == {"tied": 2}
    batches.apply(batch, by=None, at=timezone.now())
    worked_off(batch)
    assert set(FiscalNote.objects.values_list("order", flat=True)) == {first.pk, other.pk}


def test_an_amount_that_differs_or_two_orders_that_fit_are_left_to_staff() -> None:
    taker = a_cpf()
    order = order_of(taker)
    named = national_note(taker=taker, cents=14_999, text=f"Pedido {order.number}")
    assert outcomes(checked(named)) == ["proposed"]
    make_order(payer=order.payer)
    assert outcomes(checked(national_note(taker=taker))) == ["loose"]
    two = national_note(taker=taker, text=f"Pedidos {order.number} e {order.number + 1}")
    assert outcomes(checked(two)) == ["loose"]


def test_two_notes_of_one_import_do_not_propose_the_same_order() -> None:
    taker = a_cpf()
    order_of(taker)
    batch = checked(national_note(taker=taker), national_note(taker=taker))
    assert outcomes(batch) == ["proposed", "loose"]


def test_without_a_payer_the_company_or_the_holder_pays() -> None:
    cnpj, cpf = a_cnpj(), a_cpf()
    company = make_order(company_cnpj=cnpj)
    person = make_order(holder_cpf=cpf)
    batch = checked(
        national_note(taker=cnpj, text=f"Pedido {company.number}"),
        national_note(taker=cpf, text=f"Pedido {person.number}"),
        national_note(taker=company.holder_cpf, text=f"Pedido {company.number}"),
    )
    assert outcomes(batch) == ["tied", "tied", "error"]


def test_the_same_note_twice_is_recognised_by_its_key() -> None:
    data = national_note(taker=a_cpf())
    assert outcomes(imported(data, data)) == ["loose", "known"]
    again = checked(upload(data.replace(b"Certificado digital", b"Outro texto"), "outra.xml"))
    assert outcomes(again) == ["known"]
    assert not again.can_be_applied
    assert FiscalNote.objects.count() == 1


def test_a_note_that_came_between_the_check_and_the_import_is_left_alone() -> None:
    data = national_note(taker=a_cpf())
    first = checked(data)
    imported(zipped(data))
    batches.apply(first, by=None, at=timezone.now())
    worked_off(first)
    assert outcomes(first) == ["known"]
    assert FiscalNote.objects.count() == 1


def test_a_payer_changed_after_the_check_is_asked_again() -> None:
    taker = a_cpf()
    order = order_of(taker)
    batch = checked(national_note(taker=taker, text=f"Pedido {order.number}"))
    Order.objects.update(payer=Payer.objects.create(name="Outro", tax_id=a_cpf()))
    batches.apply(batch, by=None, at=timezone.now())
    worked_off(batch)
    assert outcomes(batch) == ["error"]
    assert not FiscalNote.objects.exists()


@pytest.mark.parametrize(
    ("code", "standing"),
    [("101101", "cancelled"), ("105102", "substituted"), ("105104", "cancelled"),
     ("305101", "cancelled"), ("105105", "valid"), ("203206", "valid"), ("999999", "valid")],
)  # fmt: skip
def test_what_an_event_makes_of_its_note(code: str, standing: str) -> None:
    key = make_key()
    imported(national_note(taker=a_cpf(), key=key), event_of(key, code))
    assert the_note().standing == standing
    assert the_note().events.get().code == code


def test_an_event_that_comes_before_its_note_waits_for_it() -> None:
    taker, key = a_cpf(), make_key()
    order = order_of(taker)
    assert outcomes(imported(event_of(key))) == ["waits"]
    assert NoteEvent.objects.get().note is None
    imported(national_note(taker=taker, key=key, text=f"Pedido {order.number}"))
    assert the_note().standing == Standing.CANCELLED
    assert NoteEvent.objects.get().note == the_note()
    assert mails() == []  # what has no effect any more is not announced


def test_a_cancelled_note_is_told_to_its_payer_once() -> None:
    taker, key = a_cpf(), make_key()
    order = order_of(taker)
    imported(national_note(taker=taker, key=key, text=f"Pedido {order.number}"))
    Entry.objects.filter(kind=Entry.Kind.MAIL).update(status=Entry.Status.DONE)
    assert outcomes(imported(event_of(key))) == ["event"]
    assert outcomes(checked(zipped(event_of(key)))) == ["known"]
    [_came, (address, subject)] = mails()
    assert address == "paga@exemplo.com.br"
    assert "não vale mais" in subject


def test_a_note_cancelled_before_its_mail_left_is_not_told_at_all() -> None:
    taker, key = a_cpf(), make_key()
    order = order_of(taker)
    imported(national_note(taker=taker, key=key, text=f"Pedido {order.number}"), event_of(key))
    assert mails() == []


def test_abrasf_notes_come_with_their_cancellation_even_when_the_note_is_known() -> None:
    taker = a_cpf()
    order = order_of(taker)
    text = f"Pedido {order.number}"
    imported(abrasf_1(taker=taker, number=9, text=text).encode())
    assert (the_note().standing, the_note().order) == (Standing.VALID, order)
    later = abrasf_1(taker=taker, number=9, text=text, cancelled="2012-02-01T10:00:00")
    assert outcomes(imported(later.encode())) == ["known", "event"]
    assert the_note().standing == Standing.CANCELLED


def test_a_zip_is_read_whole_notes_first_and_what_is_wrong_says_so() -> None:
    taker, key = a_cpf(), make_key()
    city = abrasf_list(abrasf_2(taker=taker, number=1), abrasf_2(taker=taker, number=2))
    batch = imported(
        zipped(event_of(key), b"<x", national_note(taker=taker, key=key), city)
    )  # fmt: skip
    assert outcomes(batch) == ["loose", "loose", "loose", "event", "error"]
    assert batch.rows.get(outcome="error").values["file"] == "001.xml"
    assert FiscalNote.objects.count() == 3


def test_what_holds_no_xml_is_refused_and_nothing_is_left() -> None:
    batch = checked(upload(b"PK\x03\x04broken", "notas.zip"))
    assert batch.status == NoteBatch.Status.REFUSED
    assert batch.problem
    assert batch.file_key == ""


def test_undoing_removes_what_came_and_gives_events_back_to_waiting() -> None:
    taker, key = a_cpf(), make_key()
    order = order_of(taker)
    batch = imported(national_note(taker=taker, key=key, text=f"Pedido {order.number}"))
    file_key = the_note().file_key
    imported(event_of(key))
    batches.undo(batch, by=None, at=timezone.now())
    assert worked_off(batch).status == NoteBatch.Status.UNDONE
    assert not FiscalNote.objects.exists()
    assert DoomedFile.objects.filter(key=file_key).exists()
    assert NoteEvent.objects.get().note is None
    assert mails() == []  # none had left


def test_undoing_an_event_makes_its_note_valid_again() -> None:
    key = make_key()
    imported(national_note(taker=a_cpf(), key=key))
    batch = imported(event_of(key))
    assert the_note().standing == Standing.CANCELLED
    file_key = NoteEvent.objects.get().file_key
    batches.undo(batch, by=None, at=timezone.now())
    worked_off(batch)
    assert the_note().standing == Standing.VALID
    assert not NoteEvent.objects.exists()
    assert DoomedFile.objects.filter(key=file_key).exists()


def test_who_was_told_of_a_note_that_is_taken_away_gets_a_correction(cast) -> None:
    taker = a_cpf()
    order = order_of(taker)
    imported(national_note(taker=taker, text=f"Pedido {order.number}"))
    Entry.objects.filter(kind=Entry.Kind.MAIL).update(status=Entry.Status.DONE)
    notes.untie(the_note(), by=cast.admin, at=timezone.now())
    assert the_note().order is None
    assert [subject for _to, subject in mails()][1:] == [
        f"Correção: nota fiscal do pedido {order.number}"
    ]


def test_a_note_is_set_aside_with_a_reason_and_comes_back(cast) -> None:
    taker = a_cpf()
    order = order_of(taker)
    imported(national_note(taker=taker, cents=1))
    at = timezone.now()
    notes.set_aside(the_note(), "De outro setor.", by=cast.admin, at=at)
    assert not FiscalNote.objects.without_order().exists()
    with pytest.raises(notes.NotTied):
        notes.set_aside(the_note(), "De novo.", by=cast.admin, at=at)
    notes.bring_back(the_note(), by=cast.admin, at=at)
    notes.tie(the_note(), order, by=cast.admin, at=at)
    with pytest.raises(notes.NotTied):
        notes.set_aside(the_note(), "De outro setor.", by=cast.admin, at=at)
