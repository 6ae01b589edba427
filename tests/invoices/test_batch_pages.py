"""The pages of a batch: who gets in, what they show, what they let one do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoices.models import Batch, Document
from invoices.services import batch_actions as services
from portal.batches import services as batches
from portal.outbox import delivery
from tests.invoices.batching import (
    HEADER,
    a_batch_zip,
    a_csv,
    a_pdf,
    a_row,
    a_zip,
    do,
    errors_of,
    hand_in,
    upload,
)

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_signer", "invoice_type", "report_type"),
]


def test_only_who_publishes_gets_in(cast, client_of):
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    for user in (cast.ana, cast.atendente, cast.agente):
        for name, args in (
            ("batches", ()), ("batch_new", ()), ("batch", (batch.pk,)), ("batch_rows", (batch.pk,)),
            ("batch_errors", (batch.pk,)), ("batch_publish", (batch.pk,)), ("publish_one", ()),
            ("batch_template", ("csv",)),
        ):  # fmt: skip
            assert client_of(user).get(reverse(f"invoices:{name}", args=args)).status_code == 403, (
                name
            )


def test_a_batch_goes_by_the_pages_from_the_zip_to_the_documents_and_back(cast, page):
    data = a_batch_zip(cast.unit_a1.code, [1, 2])
    sent = page.client.post(reverse("invoices:batch_new"), {"file": upload(data, "Faturas 03.zip")})
    batch = Batch.objects.get()
    assert sent.url == reverse("invoices:batch", args=[batch.pk])
    assert batch.name == "Faturas 03"
    assert "hx-trigger" in page("batch", batch.pk).content.decode()
    delivery.sweep()
    text = page("batch", batch.pk).content.decode()
    assert "hx-trigger" not in text
    assert reverse("invoices:batch_publish", args=[batch.pk]) in text
    assert page("batch_publish", batch.pk).status_code == 200
    assert not Document.objects.exists()
    page.client.post(reverse("invoices:batch_publish", args=[batch.pk]))
    delivery.sweep()
    assert Document.objects.count() == 2
    assert "R$\u00a01.234,56" in page("batch_rows", batch.pk).content.decode()
    page.client.post(reverse("invoices:batch_undo", args=[batch.pk]))
    delivery.sweep()
    batch.refresh_from_db()
    assert batch.status == Batch.Status.UNDONE


def test_progress_is_a_fragment_that_asks_for_the_page_when_it_is_over(cast, page):
    batch, _ = services.receive(
        upload(a_batch_zip(cast.unit_a1.code, [1])), None, name="x", by=cast.faturista
    )
    url = reverse("invoices:batch_progress", args=[batch.pk])
    busy = page.client.get(url, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in busy
    assert "<html" not in busy.content.decode()
    delivery.sweep()
    assert page.client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert page.client.get(url).url == reverse("invoices:batch", args=[batch.pk])


def test_a_page_from_before_says_that_the_step_is_no_longer_possible(cast, page):
    batch = do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1])), services.publish, cast)
    after = page.client.post(reverse("invoices:batch_discard", args=[batch.pk]), follow=True)
    assert after.status_code == 200
    assert "notice-bad" in after.content.decode()


def test_errors_can_be_taken_along_as_csv_that_no_spreadsheet_runs(cast, page):
    rows = [a_row("=cmd|x", 1), a_row(cast.unit_a1.code, 2, valor="x;y")]
    batch = hand_in(
        cast, a_zip({"manifesto.csv": a_csv(rows), "1.pdf": a_pdf("1"), "2.pdf": a_pdf("2")})
    )
    lines = page("batch_errors", batch.pk).getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == ";".join([*HEADER, "Erros"])
    assert lines[1].startswith("'=cmd|x;")
    assert lines[2].startswith(f"{cast.unit_a1.code};")
    assert '"x;y"' in lines[2]
    assert "valor: " in lines[2]


def errors_corrected(page, batch, wrong: str, right: str) -> bytes:
    """The file of errors, with ``wrong`` put right."""
    return page("batch_errors", batch.pk).getvalue().replace(wrong.encode(), right.encode())


def test_the_file_of_errors_corrected_is_a_whole_manifest_while_nothing_is_published(cast, page):
    files = {"1.pdf": a_pdf("1"), "2.pdf": a_pdf("2")}
    rows = [a_row(cast.unit_a1.code, 1), a_row("NADA", 2)]
    batch = hand_in(cast, a_zip({"manifesto.csv": a_csv(rows), **files}))
    assert not batch.can_be_applied
    again = hand_in(cast, a_zip(files), errors_corrected(page, batch, "NADA", cast.unit_a1.code))
    assert (again.pk != batch.pk, again.total, errors_of(again)) == (True, 2, {})
    assert do(again, services.publish, cast).counts == {**again.counts, "new": 2}


def test_the_file_of_errors_of_a_stopped_batch_has_only_what_was_not_reached(cast, page):
    files = {f"{n}.pdf": a_pdf(str(n)) for n in (1, 2, 3)}
    manifest = a_csv([a_row(cast.unit_a1.code, n) for n in (1, 2, 3)])
    batch = hand_in(cast, a_zip({"manifesto.csv": manifest, **files}))
    services.publish(batch, by=cast.faturista, at=timezone.now())
    batch.rows.filter(line=2).update(done_at=timezone.now())
    batches.stop(batch, by=cast.faturista, at=timezone.now())
    again = hand_in(cast, a_zip(files), errors_corrected(page, batch, "", ""))
    assert (again.total, again.counts["new"], errors_of(again)) == (2, 2, {})
    assert again.counts["spare"] == 1


def test_rows_are_filtered_by_outcome(cast, page):
    rows = [a_row("NADA", 1), a_row(cast.unit_a1.code, 2)]
    batch = hand_in(
        cast, a_zip({"manifesto.csv": a_csv(rows), "1.pdf": a_pdf("1"), "2.pdf": a_pdf("2")})
    )
    failed = page("batch_rows", batch.pk, outcome="error").content.decode()
    assert "NADA" in failed
    assert '<option value="error" selected>Erro (1)</option>' in failed
    assert "1 resultado" in failed
    assert "Todas as linhas (2)" in failed
    assert "NADA" not in page("batch_rows", batch.pk, outcome="new").content.decode()
    assert page("batch_rows", batch.pk, outcome="replaces").status_code == 200


@pytest.mark.parametrize("name", ["batch", "batch_rows"])
def test_a_page_costs_the_same_queries_for_few_rows_and_for_many(cast, page, name):
    few = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    many = hand_in(cast, a_batch_zip(cast.unit_a1.code, range(2, 40)))
    page(name, few.pk)
    with CaptureQueriesContext(connection) as few_queries:
        page(name, few.pk)
    with CaptureQueriesContext(connection) as many_queries:
        page(name, many.pk)
    assert len(few_queries) == len(many_queries) <= 8


def test_the_list_costs_the_same_queries_for_few_batches_and_for_many(cast, page):
    Batch.objects.create(name="um", created_by=cast.faturista)
    page("batches")
    with CaptureQueriesContext(connection) as few:
        page("batches")
    Batch.objects.bulk_create(Batch(name=str(n), created_by=cast.faturista) for n in range(60))
    with CaptureQueriesContext(connection) as many:
        response = page("batches")
    assert len(many) == len(few) + 1  # more than a page is counted
    assert 'rel="next"' in response.content.decode()


def test_what_is_not_a_zip_is_refused_at_the_door(page):
    response = page.client.post(
        reverse("invoices:batch_new"), {"file": upload(b"%PDF-1.7", "f.zip")}
    )
    assert response.status_code == 200
    assert not Batch.objects.exists()


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_the_manifest_to_start_from_is_one_that_the_check_accepts(cast, page, extension):
    data = page("batch_template", extension).content
    files = {
        f"manifesto.{extension}": data,
        "fatura-1001.pdf": a_pdf("f"),
        "relatorio-1001.pdf": a_pdf("r"),
    }
    batch = hand_in(cast, a_zip(files))
    assert batch.status == Batch.Status.CHECKED
    assert errors_of(batch) == {}
