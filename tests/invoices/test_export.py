"""Lists as CSV and XLSX, and all documents of a list as a zip."""

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from unittest import mock

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoices.models import Document, DocumentEvent
from invoices.services import export
from portal.files import services as files
from tests.factories import make_document, make_grant, make_report_type, small_pdf

pytestmark = pytest.mark.django_db
ZIP, CSV, XLSX = "invoices:export_zip", "invoices:export_csv", "invoices:export_xlsx"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def table(response) -> list[list[str]]:
    text = body(response)
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))


def sheet_of(response):
    return openpyxl.load_workbook(io.BytesIO(body(response))).worksheets[0]


def unzip(response) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(body(response)))
    assert archive.testzip() is None
    return archive


def test_the_csv_has_the_rows_of_the_list_as_a_brazilian_spreadsheet_reads_them(cast, client_of):
    document = make_document(cast.unit_a1, number="00042")
    make_document(cast.unit_a1, number="SET", period=date(2026, 9, 1))
    response = client_of(cast.ana).get(reverse(CSV), {"period": "10/2026"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    head, *rows = table(response)
    (row,) = (dict(zip(head, values, strict=True)) for values in rows)
    assert row["Tipo"] == "Fatura de serviços"
    assert row["Número"] == "00042"
    assert row["Período"] == "10/2026"
    assert row["Valor"] == "1.234,56"
    assert row["Vencimento"] == "20/11/2026"
    assert row["SHA-256"] == document.sha256


@pytest.mark.parametrize("evil", ["=1+1", "+55", "@SUM(A1)"])
def test_text_is_never_a_formula(cast, client_of, evil):
    cast.unit_a1.name = evil
    cast.unit_a1.save()
    make_document(cast.unit_a1, amount_cents=-500)
    client = client_of(cast.ana)
    _head, row = table(client.get(reverse(CSV)))
    assert f"'{evil}" in row
    assert "-5,00" in row
    sheet = sheet_of(client.get(reverse(XLSX)))
    cells = [cell for cells in sheet.iter_rows(min_row=2) for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_workbook_has_real_dates_and_numbers(cast, client_of):
    make_document(cast.unit_a1, number="00042")
    response = client_of(cast.ana).get(reverse(XLSX))
    sheet = sheet_of(response)
    head, row = ([cell.value for cell in cells] for cells in sheet.iter_rows())
    values = dict(zip(head, row, strict=True))
    assert values["Número"] == "00042"
    assert values["Valor"] == pytest.approx(1234.56)
    assert values["Vencimento"] == datetime(2026, 11, 20)  # noqa: DTZ001
    assert values["Período"] == datetime(2026, 10, 1)  # noqa: DTZ001


def test_the_zip_has_every_document_of_the_filter_under_a_meaningful_name(cast, client_of):
    make_grant(cast.ana, cast.unit_a2)
    make_document(cast.unit_a1, number="1")
    make_document(cast.unit_a2, number="2", content=small_pdf(2))
    make_document(cast.unit_a1, number="3", period=date(2026, 9, 1))
    archive = unzip(client_of(cast.ana).get(reverse(ZIP), {"period": "10/2026"}))
    one = f"{cast.unit_a1.code}/2026-10/fatura-servicos_{cast.unit_a1.code}_2026-10_1.pdf"
    two = f"{cast.unit_a2.code}/2026-10/fatura-servicos_{cast.unit_a2.code}_2026-10_2.pdf"
    assert sorted(archive.namelist()) == sorted([one, two, "indice.csv"])
    assert archive.read(one) == small_pdf()
    assert archive.read(two) == small_pdf(2)
    index = archive.read("indice.csv").decode("utf-8-sig")
    assert one in index
    assert "1.234,56" in index


def test_the_zip_has_detached_signatures_and_names_that_would_collide_stay_apart(cast, client_of):
    kind = make_report_type()
    stored = files.store(b"\x30\x80", prefix="invoices/signatures", name="r.p7s")
    make_document(
        cast.unit_a1, type=kind, number="A/1", content=b"a;b\n", file_name="a.csv",
        signature_key=stored.key,
    )  # fmt: skip
    make_document(cast.unit_a1, type=kind, number="A-1", content=b"c;d\n", file_name="b.csv")
    archive = unzip(client_of(cast.ana).get(reverse(ZIP), {"kind": "report"}))
    names = archive.namelist()
    assert len(names) == len(set(names)) == 4
    assert len([name for name in names if name.endswith(".csv.p7s")]) == 1
    contents = {archive.read(name) for name in names if name.startswith(cast.unit_a1.code)}
    assert contents == {b"a;b\n", b"c;d\n", b"\x30\x80"}


def test_what_was_read_to_its_end_counts_as_downloaded_and_nothing_more(cast, client_of):
    for number in range(3):
        make_document(cast.unit_a1, number=str(number), content=small_pdf(number + 1))
    packed = export.documents_to_pack(Document.objects.all())
    stream = iter(export.Pack(packed, cast.ana, timezone.now()))
    for chunk in stream:
        if small_pdf(2) in chunk:  # the second document, not yet ended
            break
    stream.close()  # type: ignore[attr-defined]  # the reader goes away
    noted = DocumentEvent.objects.filter(kind="downloaded", user=cast.ana)
    assert [event.document for event in noted] == [packed[0]]
    body(client_of(cast.ana).get(reverse(ZIP)))
    assert noted.all().count() == 3
    body(client_of(cast.faturista).get(reverse(ZIP)))
    assert DocumentEvent.objects.count() == 3


def test_a_file_that_the_store_lost_is_named_in_the_index(cast, client_of):
    make_document(cast.unit_a1, number="1")
    lost = make_document(cast.unit_a1, number="2")
    default_storage.delete(lost.file_key)
    archive = unzip(client_of(cast.ana).get(reverse(ZIP)))
    assert len(archive.namelist()) == 2
    assert "não pôde ser lido" in archive.read("indice.csv").decode("utf-8-sig")
    assert not lost.events.exists()


@pytest.mark.parametrize("name", [ZIP, CSV, XLSX])
def test_nothing_of_another_company_nor_past_its_end_leaves(cast, client_of, name):
    make_document(cast.unit_a1, number="MEU")
    make_document(cast.unit_a2, number="VIZINHO")
    make_document(cast.unit_b1, number="ALHEIO")
    old = timezone.now() - timedelta(days=400)
    make_document(cast.unit_a1, number="VENCIDO", published_at=old)
    make_document(cast.unit_a1, number="RETIRADO", status=Document.Status.WITHDRAWN)
    content = body(client_of(cast.ana).get(reverse(name), {"period": "10/2026"}))
    if name != CSV:
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = b"".join(
            [
                *(archive.read(n) for n in archive.namelist()),
                *(n.encode() for n in archive.namelist()),
            ]
        )
    assert b"MEU" in content
    for foreign in (b"VIZINHO", b"ALHEIO", b"VENCIDO", b"RETIRADO"):
        assert foreign not in content


@pytest.mark.parametrize("name", [ZIP, CSV, XLSX])
def test_a_wrong_filter_leads_back_to_the_list_with_the_reason(cast, client_of, name):
    make_document(cast.unit_a1)
    client = client_of(cast.ana)
    query = {"period": "99/2026", "unit": cast.unit_b1.code}
    response = client.get(reverse(name), query, follow=True)
    page = response.content.decode()
    assert "Digite o período no formato mm/aaaa" in page
    assert 'value="99/2026"' in page


def test_too_much_for_one_zip_says_to_narrow_the_filter(cast, client_of):
    for number in range(3):
        make_document(cast.unit_a1, number=str(number))
    client = client_of(cast.ana)
    with mock.patch.object(export, "MAX_DOCUMENTS", 2):
        page = client.get(reverse(ZIP), follow=True).content.decode()
    assert "Um ZIP comporta até 2 documentos e 2 GB" in page
    with mock.patch.object(export, "MAX_BYTES", 100):
        page = client.get(reverse(ZIP), follow=True).content.decode()
    assert "escolha menos meses ou uma unidade" in page
    with mock.patch.object(export, "MAX_ROWS", 2):
        for name in (CSV, XLSX):
            page = client.get(reverse(name), follow=True).content.decode()
            assert "Esta lista tem mais de 2 documentos" in page


def test_an_empty_zip_is_not_made(cast, client_of):
    response = client_of(cast.ana).get(reverse(ZIP), {"kind": "report"}, follow=True)
    assert response.redirect_chain[0][0].startswith(reverse("invoices:reports"))
    assert "Não há documentos nesta seleção." in response.content.decode()


@pytest.mark.parametrize("name", [ZIP, CSV, XLSX])
def test_an_export_costs_the_same_queries_for_few_and_for_many(cast, client_of, name):
    client = client_of(cast.ana)

    def queries():
        DocumentEvent.objects.all().delete()
        with CaptureQueriesContext(connection) as caught:
            body(client.get(reverse(name), {"period": "10/2026"}))
        return len([q for q in caught if "django_session" not in q["sql"]])

    make_document(cast.unit_a1)
    make_document(cast.unit_a1)
    queries()
    few = queries()
    for _ in range(20):
        make_document(cast.unit_a1)
    assert queries() <= few + 1 <= 7
