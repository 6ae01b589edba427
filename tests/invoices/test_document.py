"""The page of one document."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoices.models import Document, DocumentEvent
from portal import desks
from tests.factories import make_document, make_grant, make_report_type, small_pdf

pytestmark = pytest.mark.django_db
MINE = ("document", "open", "save", "check", "release", "contest")


def html(response) -> str:
    return response.content.decode()


def test_the_page_says_what_the_document_is(cast, client_of):
    document = make_document(cast.unit_a1, number="00077")
    page = html(client_of(cast.ana).get(document.get_absolute_url()))
    for text in (
        "Fatura de serviços 00077", "10/2026", "R$\u00a01.234,56", "20/11/2026", document.sha256,
        document.verification_code, reverse("invoices:verify_code", args=[document.verification_code]),
        "Serviços do Estado S.A.", "Secretaria A",
    ):  # fmt: skip
        assert text in page


@pytest.mark.parametrize("name", MINE)
def test_another_companys_document_is_not_found(cast, client_of, name):
    address = reverse(f"invoices:{name}", args=[make_document(cast.unit_b1).pk])
    assert client_of(cast.ana).get(address).status_code == 404
    assert client_of(cast.ana).post(address).status_code in (404, 405)


@pytest.mark.parametrize("name", [*MINE, "receipt", "signature"])
def test_neither_is_another_unit_of_the_same_company_nor_a_number_out_of_range(
    cast, client_of, name
):
    client = client_of(cast.ana)
    other = make_document(cast.unit_a2, release="released", release_at=timezone.now())
    for pk in (other.pk, 0, 2**70):
        assert client.get(reverse(f"invoices:{name}", args=[pk])).status_code == 404


@pytest.mark.parametrize("user", ["ana", "faturista", "admin"])
def test_nobody_reaches_a_document_past_its_end(cast, client_of, user):
    end = datetime(2027, 2, 28, 3, tzinfo=UTC)
    document = make_document(cast.unit_a1, published_at=datetime(2026, 8, 27, 15, tzinfo=UTC))
    Document.objects.update(expires_at=end)
    client = client_of(getattr(cast, user))
    # Its page then says only that it was removed: 410.
    for at, status, page in ((end - timedelta(minutes=1), 200, 200), (end, 404, 410)):
        with mock.patch("django.utils.timezone.now", return_value=at):
            client.force_login(getattr(cast, user))
            address = reverse("invoices:document", args=[document.pk])
            assert client.get(address).status_code == page, at
            for name in ("open", "save", "check"):
                address = reverse(f"invoices:{name}", args=[document.pk])
                assert client.get(address).status_code == status, (name, at)
            preview = reverse("invoices:preview", args=[document.pk, 1])
            assert client.get(preview).status_code == status


def test_each_page_of_a_pdf_is_a_picture_that_nobody_keeps(cast, client_of):
    document = make_document(cast.unit_a1, content=small_pdf(3))
    client = client_of(cast.ana)
    for page in (1, 3):
        response = client.get(reverse("invoices:preview", args=[document.pk, page]))
        assert response.content[8:12] == b"WEBP"
        assert "no-store" in response["Cache-Control"]
    for page in (0, 4, 10**9):
        response = client.get(reverse("invoices:preview", args=[document.pk, page]))
        assert response.status_code == 404


def test_the_preview_turns_its_pages_without_javascript(cast, client_of):
    document = make_document(cast.unit_a1, content=small_pdf(3))
    client = client_of(cast.ana)
    page = html(client.get(document.get_absolute_url(), {"page": 2}))
    assert reverse("invoices:preview", args=[document.pk, 2]) in page
    assert "Página 2 de 3" in page
    for asked in ("99", "0", "-1", "dois", "²", "9" * 40):
        assert client.get(document.get_absolute_url(), {"page": asked}).status_code == 200


def test_a_damaged_pdf_has_a_page_but_no_preview(cast, client_of):
    document = make_document(cast.unit_a1, content=b"%PDF-1.7\nquebrado", size=17)
    client = client_of(cast.ana)
    assert "não tem pré-visualização" in html(client.get(document.get_absolute_url()))
    assert client.get(reverse("invoices:preview", args=[document.pk, 1])).status_code == 404
    assert "não pôde ser confirmada" in html(
        client.get(reverse("invoices:check", args=[document.pk]))
    )


def test_the_signature_is_checked_apart_and_an_unsigned_file_is_told(cast, client_of):
    document = make_document(cast.unit_a1)
    client = client_of(cast.ana)
    address = reverse("invoices:check", args=[document.pk])
    assert f'hx-get="{address}"' in html(client.get(document.get_absolute_url()))
    assert "O arquivo não está assinado." in html(client.get(address))
    fragment = html(client.get(address, headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert "tem o SHA-256 publicado" in fragment


def test_a_file_that_was_swapped_in_the_store_is_told(cast, client_of):
    document = make_document(cast.unit_a1)
    Document.objects.update(sha256="0" * 64)
    page = html(client_of(cast.ana).get(reverse("invoices:check", args=[document.pk])))
    assert "não tem o SHA-256 publicado" in page


def test_seeing_is_noted_once_a_minute_for_clients_and_never_for_staff(cast, client_of):
    document = make_document(cast.unit_a1)
    for user in (cast.ana, cast.ana, cast.faturista, cast.admin):
        client_of(user).get(document.get_absolute_url())
    assert [(e.kind, e.user) for e in document.events.all()] == [("seen", cast.ana)]


def test_clients_read_who_of_theirs_did_what_and_the_provider_for_its_staff(cast, client_of):
    make_grant(cast.carla, cast.unit_a1)
    document = make_document(cast.unit_a1)
    DocumentEvent.objects.create(
        document=document, kind="published", user=cast.faturista, at=timezone.now()
    )
    client_of(cast.carla).get(reverse("invoices:save", args=[document.pk]))
    page = html(client_of(cast.ana).get(document.get_absolute_url()))
    history = page[page.index('<ol class="history">') :]
    assert "Carla Dias" in history
    assert "Fabio Faturista" not in history
    assert "Serviços do Estado" in history
    assert "Fabio Faturista" in html(client_of(cast.faturista).get(document.get_absolute_url()))


def test_a_link_to_a_replaced_version_leads_its_client_to_the_newer_one(cast, client_of):
    old = make_document(cast.unit_a1, number="7", status=Document.Status.REPLACED)
    new = make_document(cast.unit_a1, number="7", version=2, replaces=old)
    response = client_of(cast.ana).get(old.get_absolute_url())
    assert response.status_code == 410
    assert new.get_absolute_url() in html(response)
    assert client_of(cast.ana).get(reverse("invoices:open", args=[old.pk])).status_code == 404
    assert client_of(cast.bruno).get(old.get_absolute_url()).status_code == 404
    staff = html(client_of(cast.faturista).get(new.get_absolute_url()))
    assert old.get_absolute_url() in staff


def test_a_withdrawn_document_says_so(cast, client_of):
    document = make_document(cast.unit_a1, status=Document.Status.WITHDRAWN)
    response = client_of(cast.ana).get(document.get_absolute_url())
    assert response.status_code == 410
    assert "retirado" in html(response)
    assert not document.events.exists()


def test_the_page_costs_the_same_queries_with_a_long_history(cast, client_of):
    document = make_document(cast.unit_a1)
    client = client_of(cast.ana)

    def queries():
        with CaptureQueriesContext(connection) as caught:
            client.get(document.get_absolute_url())
        return len(caught)

    queries()
    few = queries()
    for _ in range(40):
        DocumentEvent.objects.create(
            document=document, kind="opened", user=cast.ana, at=timezone.now()
        )
    assert queries() == few <= 8


def test_only_a_verb_that_reads_is_answered(cast, client_of):
    document = make_document(cast.unit_a1, type=make_report_type())
    for name in ("document", "open", "save", "check", "receipt"):
        address = reverse(f"invoices:{name}", args=[document.pk])
        assert client_of(cast.ana).post(address).status_code == 405


def test_my_data_lists_what_i_did_and_not_what_others_did(cast, client_of):
    make_grant(cast.carla, cast.unit_a1)
    mine, other = make_document(cast.unit_a1), make_document(cast.unit_b1)
    client_of(cast.ana).get(mine.get_absolute_url())
    client_of(cast.carla).get(reverse("invoices:save", args=[mine.pk]))
    client_of(cast.bruno).get(other.get_absolute_url())
    sections = desks.merged("personal_data")["Documents"](cast.ana)
    data = {name: [*rows] for name, rows in sections.items()}
    assert [(e["O quê"], e["Número"]) for e in data["O que fiz com documentos"]] == [
        ("Visto", mine.number)
    ]
    assert "Carla Dias" not in str(data)
