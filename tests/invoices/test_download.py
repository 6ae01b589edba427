"""\"Abrir\", \"Salvar\" and the detached signature."""

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.files import services as files
from tests.factories import make_document, make_report_type, small_pdf

pytestmark = pytest.mark.django_db


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_open_shows_the_very_bytes_that_were_published(cast, client_of):
    document = make_document(cast.unit_a1)
    response = client_of(cast.ana).get(reverse("invoices:open", args=[document.pk]))
    assert body(response) == small_pdf()
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("inline")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert [e.kind for e in document.events.all()] == ["opened"]


def test_save_gives_a_name_that_says_what_it_is(cast, client_of):
    document = make_document(cast.unit_a1, number="12/34")
    response = client_of(cast.ana).get(reverse("invoices:save", args=[document.pk]))
    assert response["Content-Disposition"].startswith("attachment")
    assert (
        f"fatura-servicos_{cast.unit_a1.code}_2026-10_12-34.pdf" in response["Content-Disposition"]
    )
    assert body(response) == small_pdf()
    assert [e.kind for e in document.events.all()] == ["downloaded"]


def test_what_a_browser_cannot_show_safely_is_saved_even_when_opened(cast, client_of):
    page = b"<html><script>alert(1)</script></html>"
    document = make_document(
        cast.unit_a1, type=make_report_type(), content=page, file_name="r.html",
        content_type="text/html",
    )  # fmt: skip
    response = client_of(cast.ana).get(reverse("invoices:open", args=[document.pk]))
    assert response["Content-Disposition"].startswith("attachment")


def test_a_double_click_is_one_event(cast, client_of):
    document = make_document(cast.unit_a1)
    client = client_of(cast.ana)
    for _ in range(3):
        client.get(reverse("invoices:save", args=[document.pk]))
    client.get(reverse("invoices:open", args=[document.pk]))
    assert sorted(e.kind for e in document.events.all()) == ["downloaded", "opened"]


def test_asking_only_for_the_headers_is_no_event(cast, client_of):
    document = make_document(cast.unit_a1)
    response = client_of(cast.ana).head(reverse("invoices:save", args=[document.pk]))
    assert response["Content-Length"] == str(document.size)
    assert not document.events.exists()


def test_staff_leave_no_trace(cast, client_of):
    document = make_document(cast.unit_a1)
    for user in (cast.faturista, cast.admin):
        assert client_of(user).get(reverse("invoices:open", args=[document.pk])).status_code == 200
    assert not document.events.exists()


def test_a_file_that_the_store_lost_is_not_found_and_not_noted(cast, client_of):
    document = make_document(cast.unit_a1)
    default_storage.delete(document.file_key)
    response = client_of(cast.ana).get(reverse("invoices:save", args=[document.pk]))
    assert response.status_code == 404
    assert not document.events.exists()


def test_a_download_costs_three_queries(cast, client_of):
    document = make_document(cast.unit_a1)
    client = client_of(cast.ana)
    client.get(reverse("invoices:open", args=[document.pk]))
    with CaptureQueriesContext(connection) as caught:
        client.get(reverse("invoices:save", args=[document.pk]))
    asked = [q["sql"] for q in caught if "django_session" not in q["sql"]]
    assert len(asked) <= 3, asked


def test_the_detached_signature_of_a_report_has_its_reports_name(cast, client_of):
    stored = files.store(b"\x30\x80assinatura", prefix="invoices/signatures", name="r.p7s")
    document = make_document(
        cast.unit_a1, type=make_report_type(), content=b"a;b\n", file_name="r.csv",
        signature_key=stored.key,
    )  # fmt: skip
    client = client_of(cast.ana)
    response = client.get(reverse("invoices:signature", args=[document.pk]))
    assert body(response) == b"\x30\x80assinatura"
    assert ".csv.p7s" in response["Content-Disposition"]
    without = make_document(cast.unit_a1)
    assert client.get(reverse("invoices:signature", args=[without.pk])).status_code == 404
    assert (
        client_of(cast.bruno).get(reverse("invoices:signature", args=[document.pk])).status_code
        == 404
    )


def test_a_web_server_in_front_is_told_to_send_the_file(cast, client_of, settings):
    settings.PRIVATE_ACCEL_PREFIX = "/privado/"
    document = make_document(cast.unit_a1)
    response = client_of(cast.ana).get(reverse("invoices:save", args=[document.pk]))
    assert response["X-Accel-Redirect"] == f"/privado/{document.file_key}"
    assert response.content == b""
