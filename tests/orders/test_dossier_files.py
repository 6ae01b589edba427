"""Files that come into a dossier, and papers that a client has made: checked alike, and counted."""

import io
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from orders.models import FiscalNote, Order
from orders.services import acts
from portal.accounts import limits
from portal.accounts.limits import Limit
from tests.factories import small_pdf
from tests.factories.orders import make_order
from tests.orders.noting import note_values
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
S = Order.Status


def scripted_pdf() -> SimpleUploadedFile:
    with pikepdf.open(io.BytesIO(small_pdf())) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        out = io.BytesIO()
        pdf.save(out)
    return SimpleUploadedFile("rg.pdf", out.getvalue(), "application/pdf")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch):
    """Two tries instead of the many that a person has."""

    def allow(action: str) -> None:
        monkeypatch.setitem(limits.LIMITS, action, Limit(2, 3600))

    return allow


@pytest.mark.parametrize("who", ["agent", "holder", "answering"])
def test_a_pdf_with_a_script_comes_into_no_dossier(cast, client_of, who):
    order = make_order(holder=cast.ana, status=S.INCOMPLETE)
    data: dict[str, Any] = {"kind": "Outro documento", "document": "1", "file": scripted_pdf()}
    user, url = cast.ana, reverse("orders:conclude", args=[order.number])
    if who == "agent":
        user, url = cast.agente, reverse("orders:desk_add_document", args=[order.number])
    elif who == "answering":
        Order.objects.update(status=S.AWAITING_VALIDATION)
        order.refresh_from_db()
        pendency = acts.pend(order, "RG", by=cast.agente, at=timezone.now())
        data = {"pendency": pendency.pk, f"{pendency.pk}-file": scripted_pdf()}
    answer = client_of(user).post(url, data)
    assert "O PDF contém scripts" in words(answer)
    assert answer.status_code == 422
    assert not order.documents.exists()


def test_files_that_are_refused_count_as_tries_too(cast, client_of, few):
    few("order-documents")
    order = make_order(holder=cast.ana, status=S.INCOMPLETE)
    browser, url = client_of(cast.ana), reverse("orders:conclude", args=[order.number])
    answers = [
        browser.post(url, {"document": "1", "kind": "x", "file": scripted_pdf()}) for _n in range(3)
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 429]


def test_a_client_has_so_many_papers_of_notes_made_in_an_hour(cast, client_of, few, monkeypatch):
    few("note-pdf")
    monkeypatch.setattr("orders.views.note_answers.pdf_of", lambda note: b"%PDF-")
    order = make_order(holder=cast.ana)
    note = FiscalNote.objects.create(
        **note_values("um", taker_tax_id=order.holder_cpf), order=order, added_at=timezone.now()
    )
    browser, url = client_of(cast.ana), reverse("orders:note_pdf", args=[order.number, note.pk])
    assert [browser.get(url).status_code for _n in range(3)] == [200, 200, 429]
