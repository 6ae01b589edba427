"""After its end a document leaves its amount, its due date and its answers; receipts outlive it."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from invoices.models import Document, Tombstone
from invoices.services import export
from invoices.services.history import personal_events
from invoices.services.publish_one import withdraw
from invoices.services.release import contest, release
from invoices.services.removal import expire
from portal.accounts.models import Grant
from tests.factories import Cast, make_document, make_user

pytestmark = pytest.mark.both

LONG_AGO = datetime(2024, 1, 15, 12, tzinfo=UTC)
BEFORE_ITS_END = datetime(2024, 2, 1, 12, tzinfo=UTC)
REASON = "O valor das horas extras está errado."


@pytest.fixture
def invoice(cast: Cast) -> Document:
    return make_document(
        cast.unit_a1, published_at=LONG_AGO, number="NF-DE-ANA", amount_cents=123_456,
        due_date=date(2024, 2, 20),
    )  # fmt: skip


@pytest.fixture
def removed(cast: Cast, invoice: Document) -> Document:
    """Contested, then released, then removed at its end."""
    Grant.objects.filter(user=cast.ana).update(valid_from=LONG_AGO)
    contest(invoice, REASON, cast.ana, BEFORE_ITS_END)
    release(invoice, cast.ana, BEFORE_ITS_END)
    expire(as_of=invoice.expires_at)
    assert not Document.objects.exists()
    return invoice


def html(response) -> str:
    return response.content.decode().replace("\xa0", " ")


@pytest.mark.both
def test_a_tombstone_keeps_amount_due_date_and_who_answered_what_and_when(cast, removed):
    stone = Tombstone.objects.get()
    assert (stone.amount_cents, stone.due_date) == (123_456, date(2024, 2, 20))
    contested, released = stone.answers
    assert (contested.release, contested.who, contested.at) == (
        "contested",
        cast.ana,
        BEFORE_ITS_END,
    )
    assert contested.reason == REASON
    assert (released.release, released.who) == ("released", cast.ana)


def test_what_nobody_answered_leaves_no_answer(cast, invoice):
    expire(as_of=invoice.expires_at)
    assert Tombstone.objects.get().answers == []


def test_the_link_to_a_removed_document_tells_what_is_left(cast, client_of, removed):
    response = client_of(cast.ana).get(removed.get_absolute_url())
    assert response.status_code == 410
    page = html(response)
    assert "R$ 1.234,56" in page
    assert "20/02/2024" in page
    assert REASON in page
    assert reverse("invoices:receipt", args=[removed.pk]) in page
    assert client_of(cast.bruno).get(removed.get_absolute_url()).status_code == 404


def test_between_its_end_and_the_removal_the_same_is_told(cast, client_of):
    document = make_document(cast.unit_a1, published_at=LONG_AGO, amount_cents=123_456)
    response = client_of(cast.ana).get(document.get_absolute_url())
    assert response.status_code == 410
    assert "R$ 1.234,56" in html(response)
    assert client_of(cast.ana).get(reverse("invoices:save", args=[document.pk])).status_code == 404


@pytest.mark.parametrize("became", ["removed", "withdrawn", "replaced"])
def test_a_receipt_outlives_what_becomes_of_the_document(cast, client_of, became):
    now = timezone.now()
    document = make_document(cast.unit_a1, amount_cents=123_456)
    release(document, cast.ana, now)
    if became == "removed":
        Document.objects.update(expires_at=now)
        expire(as_of=timezone.now())
    elif became == "withdrawn":
        document.refresh_from_db()
        withdraw(document, reason="Valor errado", by=cast.faturista, at=now)
    else:
        Document.objects.update(status="replaced")
        make_document(cast.unit_a1, number=document.number, version=2, replaces=document)
    address = reverse("invoices:receipt", args=[document.pk])
    response = client_of(cast.ana).get(address)
    assert response.status_code == 200
    assert "Recibo de liberação" in html(response)
    assert document.sha256 in html(response)
    assert cast.ana.name in html(response)
    assert address in html(client_of(cast.ana).get(document.get_absolute_url()))
    assert client_of(cast.bruno).get(address).status_code == 404


def test_what_was_never_answered_has_no_receipt(cast, client_of, invoice):
    address = reverse("invoices:receipt", args=[invoice.pk])
    assert client_of(cast.ana).get(address).status_code == 404
    expire(as_of=invoice.expires_at)
    assert client_of(cast.ana).get(address).status_code == 404


def test_a_client_finds_the_removed_documents_of_its_units_only(cast, client_of, removed):
    make_document(cast.unit_b1, published_at=LONG_AGO, number="NF-ALHEIA")
    expire(as_of=timezone.now())
    address = reverse("invoices:removed")
    page = html(client_of(cast.ana).get(address))
    assert "NF-DE-ANA" in page
    assert "NF-ALHEIA" not in page
    assert "R$ 1.234,56" in page
    assert "NF-DE-ANA" not in html(client_of(cast.bruno).get(address))
    assert "NF-DE-ANA" not in html(client_of(cast.ana).get(address, {"period": "05/2025"}))
    both = html(client_of(cast.admin).get(address))
    assert "NF-DE-ANA" in both
    assert "NF-ALHEIA" in both
    wrong = html(client_of(cast.ana).get(address, {"unit": cast.unit_b1.code}))
    assert "não existe" in wrong


@pytest.mark.parametrize("name", ["invoices:removed_csv", "invoices:purge_run_csv"])
def test_the_export_has_the_amount_and_the_answers(cast, client_of, removed, name):
    args = [Tombstone.objects.get().run_id] if name.endswith("run_csv") else []
    response = client_of(cast.admin).get(reverse(name, args=args))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert row["Valor"] == "1.234,56"
    assert row["Vencimento"] == "20/02/2024"
    assert row["Liberação"] == "Recebida e liberada"
    assert row["Liberado ou contestado por"] == cast.ana.name
    assert row["Motivo da contestação"] == REASON


@pytest.mark.parametrize("name", ["invoices:removed_csv", "invoices:removed_xlsx"])
def test_more_than_one_file_holds_is_said_and_the_filter_stays(
    cast, client_of, removed, monkeypatch, name
):
    monkeypatch.setattr(export, "MAX_ROWS", 0)
    asked = {"unit": cast.unit_a1.code}
    response = client_of(cast.admin).get(reverse(name), asked, follow=True)
    assert response.redirect_chain == [(reverse("invoices:removed", query=asked), 302)]
    assert "Esta lista tem mais de 0 documentos" in response.content.decode()


def test_my_data_names_what_i_said_of_what_is_gone(cast, removed):
    said = personal_events(cast.ana)["O que respondi sobre documentos já removidos"]
    assert [row["Motivo"] for row in said] == [REASON, ""]
    other = make_user("Outra Pessoa")
    assert [*personal_events(other)["O que respondi sobre documentos já removidos"]] == []


def test_the_list_of_removed_documents_costs_the_same_with_many(
    cast, client_of, django_assert_num_queries, django_assert_max_num_queries
):
    client = client_of(cast.ana)
    make_document(cast.unit_a1, published_at=LONG_AGO)
    expire(as_of=timezone.now())
    client.get(reverse("invoices:removed"))
    with django_assert_max_num_queries(30) as few:
        client.get(reverse("invoices:removed"))
    for _i in range(10):
        make_document(cast.unit_a1, published_at=LONG_AGO)
    expire(as_of=timezone.now())
    with django_assert_num_queries(len(few.captured_queries)):
        client.get(reverse("invoices:removed"))
