"""The pages of fiscal notes: what a client reads of an order's, and what staff do."""

import hashlib

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.models import FiscalNote, NoteBatch, NoteEvent
from orders.services.note_files import pdf_of
from tests.factories.nfse import abrasf_1, abrasf_2, abrasf_list, event_of, make_key, national_note
from tests.factories.orders import make_order
from tests.orders.noting import (
    checked,
    imported,
    mails,
    note_values,
    the_note,
    upload,
    worked_off,
    zipped,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.fixture
def order(cast):
    return make_order(holder=cast.ana, number=2_758_387)


def note_of(order, key: str, **values) -> bytes:
    return national_note(
        taker=order.holder_cpf, key=key, text=f"Pedido {order.number}", **values
    )  # fmt: skip


def test_a_client_reads_every_fact_of_the_notes_of_an_order(cast, client_of, order):
    key = make_key(321)
    imported(note_of(order, key, taker_name="Ana Lima"))
    page = client_of(cast.ana).get(reverse("orders:notes", args=[order.number]))
    text = page.content.decode()
    for fact in (
        "NFS-e 321", " ".join(key[i : i + 5] for i in range(0, 50, 5)), "10/03/2026 10:00",
        "10/03/2026", "AR Exemplo Ltda.", "11.222.333/0001-81", "Ana Lima", "Pedido 2758387",
        "R$\u00a0150,00", "2,00 %", "R$\u00a03,00", "Válida",
    ):  # fmt: skip
        assert fact in text, fact


def test_the_xml_is_the_very_file_and_the_pdf_says_what_it_says(cast, client_of, order):
    key = make_key(321)
    data = note_of(order, key)
    imported(data)
    browser, args = client_of(cast.ana), [order.number, the_note().pk]
    xml = browser.get(reverse("orders:note_xml", args=args))
    assert b"".join(xml.streaming_content) == data
    assert f"nfse-{key}.xml" in xml["Content-Disposition"]
    assert xml["X-Content-SHA256"] == the_note().sha256
    pdf = browser.get(reverse("orders:note_pdf", args=args))
    assert pdf["Content-Type"] == "application/pdf"
    assert key in words_of(pdf.content).replace(" ", "").replace("\r\n", "")


@pytest.mark.parametrize("code", ["101101", "105102"])
def test_a_note_that_has_ended_says_so_on_page_and_paper(cast, client_of, order, code: str):
    mark, said = {
        "101101": ("CANCELADA", "foi cancelada"), "105102": ("SUBSTITUÍDA", "foi substituída"),
    }[code]  # fmt: skip
    key = make_key()
    imported(note_of(order, key))
    assert mark not in words_of(pdf_of(the_note()))
    imported(event_of(key, code))
    assert mark in words_of(pdf_of(the_note()))
    page = client_of(cast.ana).get(reverse("orders:notes", args=[order.number])).content.decode()
    assert said in page
    assert "Erro na emissão" in page


def test_a_note_of_a_city_gets_a_plain_page_with_its_mark(order):
    text = f"Pedido {order.number}"
    imported(
        abrasf_1(taker=order.holder_cpf, number=9, text=text, cancelled="2012-02-01T10:00").encode()
    )  # fmt: skip
    words = words_of(pdf_of(the_note()))
    for said in ("CANCELADA", "ABCD-1234", "AR Exemplo Ltda.", "R$\u00a0147,20", "2,00 %"):
        assert said in words, said


def test_a_national_note_that_cannot_be_drawn_gets_the_plain_page(order, monkeypatch):
    imported(note_of(order, make_key(55)))
    monkeypatch.setattr("orders.services.note_files.danfse.press", _fails)
    words = words_of(pdf_of(the_note()))
    assert "Nota fiscal de serviços (NFS-e) 55" in words


def _fails(xml: bytes, cancelled: bool, substituted: bool) -> bytes:
    raise KeyError


def test_nobody_reads_the_notes_of_somebody_else(cast, client_of, order):
    imported(note_of(order, make_key()))
    bruno, note = make_order(holder=cast.bruno), the_note()
    browser = client_of(cast.bruno)
    assert browser.get(reverse("orders:notes", args=[order.number])).status_code == 404
    for name in ("orders:note_xml", "orders:note_pdf"):
        assert browser.get(reverse(name, args=[order.number, note.pk])).status_code == 404
        # Nor under the number of an order of one's own.
        assert browser.get(reverse(name, args=[bruno.number, note.pk])).status_code == 404


def test_the_xml_of_one_note_of_a_list_shows_no_other_taker(cast, client_of, order):
    text, other = f"Pedido {order.number}", make_order(number=2_732_509)
    imported(
        abrasf_list(
            abrasf_2(taker=order.holder_cpf, text=text),
            abrasf_2(taker=other.holder_cpf, text=f"Pedido {other.number}"),
        )
    )
    note = FiscalNote.objects.get(order=order)
    xml = client_of(cast.ana).get(reverse("orders:note_xml", args=[order.number, note.pk]))
    assert other.holder_cpf.encode() not in b"".join(xml.streaming_content)


def test_an_import_goes_by_the_pages_and_back(cast, client_of, order):
    browser, key = client_of(cast.faturista), make_key()
    files = [zipped(note_of(order, key), event_of(make_key()))]
    sent = browser.post(reverse("orders:note_batch_new"), {"documents": files})
    batch = worked_off(NoteBatch.objects.get())
    assert sent.url == batch.get_absolute_url()
    text = browser.get(sent.url).content.decode()
    assert "Nota com o seu pedido" in text
    assert "Evento, a nota ainda não chegou" in text
    assert not FiscalNote.objects.exists()
    browser.post(reverse("orders:note_batch_apply", args=[batch.pk]))
    worked_off(batch)
    assert the_note().order == order
    assert "1 evento aguarda" in browser.get(reverse("orders:fiscal_notes")).content.decode()
    browser.post(reverse("orders:note_batch_undo", args=[batch.pk]))
    assert worked_off(batch).status == "undone"
    assert not FiscalNote.objects.exists()


def test_staff_decide_a_proposal_on_its_page(cast, client_of, order):
    batch = checked(national_note(taker=order.holder_cpf))
    browser = client_of(cast.faturista)
    address = reverse("orders:note_batch_row", args=[batch.pk, 1])
    assert 'value="2758387"' in browser.get(address).content.decode()
    stranger = make_order()
    refused = browser.post(address, {"number": stranger.number}).content.decode()
    assert f"não é o pagador do pedido {stranger.number}" in refused
    assert "Não há pedido com este número" in browser.post(address, {"number": 1}).content.decode()
    browser.post(address, {"number": order.number})
    assert batch.rows.get().outcome == "tied"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("a.pdf", b"%PDF-1.7", "não é XML nem zip"), ("a.xml", b"", "vazio")],
)
def test_what_is_no_note_is_refused_at_the_form(cast, client_of, name, data, said):
    page = client_of(cast.faturista).post(
        reverse("orders:note_batch_new"), {"documents": [upload(data, name)]}
    )
    assert said in page.content.decode()


def test_a_note_without_an_order_has_two_ways_out(cast, client_of, order):
    imported(national_note(taker=order.holder_cpf, cents=1))
    note, browser = the_note(), client_of(cast.faturista)
    assert note.number in browser.get(reverse("orders:fiscal_notes")).content.decode()
    page = browser.get(note.get_absolute_url()).content.decode()
    assert "?pedido=2758387" in page
    browser.post(reverse("orders:note_set_aside", args=[note.pk]), {"why": "De outro setor"})
    assert "De outro setor" in browser.get(note.get_absolute_url()).content.decode()
    browser.post(reverse("orders:note_bring_back", args=[note.pk]))
    browser.post(reverse("orders:note_tie", args=[note.pk]), {"number": "2758387"})
    assert the_note().order == order
    assert len(mails()) == 1
    browser.post(reverse("orders:note_untie", args=[note.pk]))
    assert the_note().order is None


@pytest.mark.parametrize("text", ["key", "number", "order", "tax_id"])
def test_staff_find_a_note_by_what_they_have(cast, client_of, order, text: str):
    key = make_key(98_765)
    imported(note_of(order, key), national_note(taker=make_order().holder_cpf))
    typed = {"key": key, "number": "98765", "order": "2758387", "tax_id": order.holder_cpf}[text]
    found = client_of(cast.faturista).get(
        reverse("orders:fiscal_notes"), {"show": "all", "q": typed}
    )
    assert [row.key for row in found.context["page"].rows] == [key]


def test_an_event_whose_note_never_comes_is_discarded(cast, client_of):
    imported(event_of(make_key()))
    browser, event = client_of(cast.faturista), NoteEvent.objects.get()
    assert "Cancelada" in browser.get(reverse("orders:note_events")).content.decode()
    browser.post(reverse("orders:note_event_discard", args=[event.pk]))
    assert not NoteEvent.objects.exists()


def test_the_xml_of_an_event_is_kept_beside_its_note(cast, client_of, order):
    key = make_key()
    data = event_of(key)
    imported(note_of(order, key), by=cast.faturista)
    imported(data, by=cast.faturista)
    note, event = the_note(), NoteEvent.objects.get()
    assert (event.sha256, event.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert event.added_by == cast.faturista
    for who, page, address in (
        (cast.ana, reverse("orders:notes", args=[order.number]),
         reverse("orders:note_event_xml", args=[order.number, note.pk, event.pk])),
        (cast.faturista, note.get_absolute_url(),
         reverse("orders:fiscal_note_event_xml", args=[event.pk])),
    ):  # fmt: skip
        text = client_of(who).get(page).content.decode()
        assert address in text
        assert event.sha256 in text
        assert b"".join(client_of(who).get(address).streaming_content) == data
    address = reverse("orders:note_event_xml", args=[order.number, note.pk, event.pk])
    assert client_of(cast.bruno).get(address).status_code == 404


def test_an_event_without_its_note_or_its_xml_opens_too(cast, client_of, order):
    browser = client_of(cast.faturista)
    imported(data := event_of(make_key()))
    waiting = reverse("orders:fiscal_note_event_xml", args=[NoteEvent.objects.get().pk])
    assert waiting in browser.get(reverse("orders:note_events")).content.decode()
    assert b"".join(browser.get(waiting).streaming_content) == data
    NoteEvent.objects.update(file_key="", sha256="")  # imported before they were kept
    assert waiting not in browser.get(reverse("orders:note_events")).content.decode()
    assert browser.get(waiting).status_code == 404


def test_a_page_of_many_notes_costs_as_many_queries_as_one_of_few(cast, client_of, order):
    browser = client_of(cast.faturista)
    costs = []
    browser.get(reverse("orders:fiscal_notes"))  # what a session costs once
    for count in (1, 18):
        for number in range(count):
            FiscalNote.objects.create(
                **note_values(f"{count}:{number}"), order=order, added_at=timezone.now()
            )
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("orders:fiscal_notes"), {"show": "all"})
        costs.append(len(queries))
    assert costs[0] == costs[1]
