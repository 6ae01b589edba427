"""Six calendar months, to the end of the last civil day where the unit is; then nothing but a tombstone."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoices.models import (
    Batch,
    BatchRow,
    Document,
    DocumentEvent,
    InvoiceDraft,
    InvoiceItem,
    PurgeRun,
    Tombstone,
)
from invoices.services.removal import expire, removal_digest
from invoices.tasks import expire_documents
from portal.audit.models import AuditEvent
from portal.audit.verification import verify_chain
from portal.files import services as files
from tests.factories import Cast, make_document, make_draft, make_report_type, make_unit

pytestmark = pytest.mark.both

SAO_PAULO, MANAUS = ZoneInfo("America/Sao_Paulo"), ZoneInfo("America/Manaus")
LONG_AGO = datetime(2024, 1, 15, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


def gone_after(document: Document) -> datetime:
    """The last instant at which it can be fetched, as the querysets see it."""
    visible = Document.objects.filter(pk=document.pk)
    assert visible.fetchable(at=document.expires_at - A_SECOND).exists()
    assert not visible.fetchable(at=document.expires_at).exists()
    return document.expires_at


@pytest.mark.parametrize(
    ("published", "last_day"),
    [
        (date(2022, 8, 31), date(2023, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2023, 8, 30), date(2024, 2, 29)),
        (date(2023, 8, 28), date(2024, 2, 28)),
        (date(2023, 2, 28), date(2023, 8, 28)),
        (date(2023, 7, 31), date(2024, 1, 31)),
    ],
)
def test_six_months_are_calendar_months(cast: Cast, published: date, last_day: date):
    at = datetime(published.year, published.month, published.day, 9, tzinfo=SAO_PAULO)
    document = make_document(cast.unit_a1, published_at=at)
    assert document.available_until == last_day
    next_midnight = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), SAO_PAULO)
    assert gone_after(document) == next_midnight


def test_the_last_day_is_that_of_the_unit(cast: Cast):
    """23:59 in São Paulo on 31 August is 22:59 in Manaus; 00:30 in São Paulo still 31 August there."""
    manaus = make_unit(cast.company_a, "Manaus", timezone="America/Manaus")
    late = datetime(2023, 8, 31, 23, 59, tzinfo=SAO_PAULO)
    after = datetime(2023, 9, 1, 0, 30, tzinfo=SAO_PAULO)
    here = [make_document(cast.unit_a1, published_at=at) for at in (late, after)]
    there = [make_document(manaus, published_at=at) for at in (late, after)]
    assert [gone_after(d) for d in here] == [
        datetime(2024, 3, 1, tzinfo=SAO_PAULO), datetime(2024, 3, 2, tzinfo=SAO_PAULO)
    ]  # fmt: skip
    assert [gone_after(d) for d in there] == [datetime(2024, 3, 1, tzinfo=MANAUS)] * 2


def test_at_2359_it_is_there_and_at_midnight_it_is_gone(cast: Cast):
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    midnight = document.expires_at
    assert Document.objects.visible_to(cast.ana, at=midnight - A_SECOND).exists()
    assert not Document.objects.visible_to(cast.ana, at=midnight).exists()
    assert not Document.objects.visible_to(cast.admin, at=midnight).exists()
    assert expire(as_of=midnight - A_SECOND).removed == 0
    assert default_storage.exists(document.file_key)
    assert expire(as_of=midnight).removed == 1
    assert not default_storage.exists(document.file_key)


def test_a_type_may_have_months_of_its_own(cast: Cast):
    document = make_document(cast.unit_a1, published_at=LONG_AGO, months=1)
    assert document.available_until == date(2024, 2, 15)


def test_bytes_row_and_signature_go_and_a_tombstone_says_who_what_and_when(cast: Cast):
    signature = files.store(b"\x30\x03\x02\x01\x01", prefix="invoices/signatures", name="a.p7s")
    files.claim(signature.key)
    document = make_document(
        cast.unit_a1, type=make_report_type(), content=b"a;b\n1;2\n", file_name="postos.csv",
        published_at=LONG_AGO, published_by=cast.faturista, signature_key=signature.key,
        signed_at=LONG_AGO - A_SECOND, signed_by_demo=True,
    )  # fmt: skip
    seen_at = LONG_AGO + timedelta(days=3)
    for kind, at in [("noticed", LONG_AGO), ("opened", seen_at + A_SECOND), ("seen", seen_at)]:
        DocumentEvent.objects.create(document=document, kind=kind, at=at, user=cast.ana)

    run = expire(as_of=document.expires_at)

    assert not Document.objects.exists()
    assert not default_storage.exists(document.file_key)
    assert not default_storage.exists(signature.key)
    stone = Tombstone.objects.get()
    assert (stone.document_pk, stone.unit, stone.number) == (
        document.pk,
        cast.unit_a1,
        document.number,
    )
    assert (stone.sha256, stone.size) == (document.sha256, document.size)
    assert (stone.type_name, stone.kind) == ("Relatório de ponto", "report")
    assert stone.verification_code == document.verification_code
    assert (stone.published_at, stone.published_by) == (LONG_AGO, cast.faturista)
    assert (stone.signed_at, stone.signed_by_demo) == (LONG_AGO - A_SECOND, True)
    assert (stone.first_seen_at, stone.run) == (seen_at, run)
    run.refresh_from_db()
    assert (run.removed, run.bytes_freed, run.failures) == (1, document.size, 0)
    assert run.finished_at


def test_the_audit_binds_the_hash_of_everything_removed(cast: Cast):
    documents = [make_document(u, published_at=LONG_AGO) for u in (cast.unit_a1, cast.unit_b1)]
    expire(as_of=timezone.now())
    for document, company in zip(documents, (cast.company_a, cast.company_b), strict=True):
        event = AuditEvent.objects.get(chain=f"company:{company.pk}", action="documents.removed")
        assert event.data["documents"] == 1
        assert event.data["sha256"] == removal_digest([(document.pk, document.sha256)])
        assert verify_chain(event.chain).broken_at is None


def test_what_points_to_a_document_lets_go_of_it(cast: Cast):
    old = make_document(cast.unit_a1, published_at=LONG_AGO, status="replaced", number="7")
    new = make_document(cast.unit_a1, number="7", version=2, replaces=old)
    batch = Batch.objects.create(name="January")
    row = BatchRow.objects.create(batch=batch, line=1, outcome="new", document=old)
    expire(as_of=timezone.now())
    new.refresh_from_db()
    row.refresh_from_db()
    assert new.replaces is None
    assert row.document is None
    assert default_storage.exists(new.file_key)


def test_the_data_an_invoice_was_generated_from_go_with_it(cast: Cast):
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    draft = make_draft(cast.unit_a1, status="published", document=document)
    kept = make_draft(cast.unit_a1)
    expire(as_of=timezone.now())
    assert list(InvoiceDraft.objects.all()) == [kept]
    assert not InvoiceItem.objects.filter(draft=draft.pk).exists()


def test_every_relation_to_a_document_is_one_that_the_removal_knows(db: None):
    """A new one with PROTECT would stop the removal: it must be decided here first."""
    rules = {r.on_delete.__name__ for r in Document._meta.related_objects}  # type: ignore[union-attr]
    assert rules <= {"CASCADE", "SET_NULL"}


def test_chunks_walk_through_everything_once(cast: Cast):
    for hour in (1, 2):
        for _i in range(5):
            make_document(cast.unit_a1, published_at=LONG_AGO + timedelta(days=hour))
    kept = make_document(cast.unit_a1)
    seen: list[int] = []
    run = expire(as_of=timezone.now(), chunk=2, on_chunk=lambda r: seen.append(r.removed))
    assert run.removed == 10
    assert seen == [2, 4, 5, 7, 9, 10]
    assert list(Document.objects.all()) == [kept]


def test_a_run_with_nothing_to_do_leaves_no_trace(cast: Cast):
    make_document(cast.unit_a1)
    assert expire(as_of=timezone.now()).pk is None
    assert not PurgeRun.objects.exists()


def test_nothing_is_removed_before_its_time(cast: Cast):
    make_document(cast.unit_a1)
    with pytest.raises(ValueError, match="future"):
        expire(as_of=timezone.now() + timedelta(days=400))
    assert Document.objects.count() == 1


def test_the_nightly_task_removes_what_is_over(cast: Cast):
    make_document(cast.unit_a1, published_at=LONG_AGO)
    expire_documents()
    assert Tombstone.objects.count() == 1


def test_the_number_of_queries_of_a_chunk_does_not_grow_with_it(
    cast: Cast, django_assert_max_num_queries
):
    for _i in range(2):
        make_document(cast.unit_a1, published_at=LONG_AGO)
    with django_assert_max_num_queries(30) as few:
        expire(as_of=timezone.now())
    for _i in range(20):
        make_document(cast.unit_a1, published_at=LONG_AGO)
    with django_assert_max_num_queries(len(few.captured_queries)):
        expire(as_of=timezone.now())


# The command


def run_command(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("expire_documents", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_dry_run_tells_by_company_and_type_and_touches_nothing(cast: Cast):
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    make_document(cast.unit_b1, published_at=LONG_AGO)
    out, _err = run_command("--dry-run")
    assert "Secretaria A · Fatura de serviços: 1" in out
    assert "Documentos que seriam removidos: 2 (" in out
    assert Document.objects.count() == 2
    assert default_storage.exists(document.file_key)


def test_a_dry_run_may_look_ahead_and_a_real_one_may_not(cast: Cast):
    make_document(cast.unit_a1)
    assert "removidos: 1 (" in run_command("--dry-run", "--as-of", "2199-01-01")[0]
    with pytest.raises(CommandError, match="futuro"):
        run_command("--as-of", "2199-01-01")
    assert Document.objects.count() == 1


def test_as_of_a_day_is_its_start(cast: Cast):
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    assert document.available_until == date(2024, 7, 15)
    assert "removidos: 0 (" in run_command("--as-of", "2024-07-15")[0]
    out, err = run_command("--as-of", "2024-07-16")
    assert "removidos: 1 (" in out
    assert "1 de 1" in err


@pytest.mark.parametrize(
    "arguments",
    [("--as-of", "ontem"), ("--as-of", "2024-02-30"), ("--chunk", "0"), ("--chunk", "5001")],
)
def test_wrong_options_are_refused(cast: Cast, arguments: tuple[str, str]):
    make_document(cast.unit_a1, published_at=LONG_AGO)
    with pytest.raises(CommandError):
        run_command(*arguments)
    assert Document.objects.count() == 1


# The purge report


@pytest.fixture
def run(cast: Cast) -> PurgeRun:
    make_document(cast.unit_a1, published_at=LONG_AGO, number="1001")
    make_document(cast.unit_b1, published_at=LONG_AGO, number="=1+1")
    return expire(as_of=timezone.now())


def test_the_report_shows_totals_and_what_is_left(cast: Cast, run: PurgeRun, client_of):
    client: Client = client_of(cast.admin)
    page = client.get(reverse("invoices:purge_runs")).content.decode()
    assert reverse("invoices:purge_run", args=[run.pk]) in page
    assert "Nenhum documento vencido aguarda remoção" in page
    page = client.get(reverse("invoices:purge_run", args=[run.pk])).content.decode()
    assert "Secretaria A" in page
    assert "Empresa B" in page
    assert Tombstone.objects.values_list("sha256", flat=True)[0] in page


def test_a_long_report_shows_its_first_lines_and_says_so(
    cast: Cast, run: PurgeRun, client_of, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("invoices.services.purge_reports.SHOWN", 1)
    client: Client = client_of(cast.admin)
    url = reverse("invoices:purge_run", args=[run.pk])
    page = client.get(url)
    assert [t.company for t in page.context["totals"]] == ["Empresa B"]
    assert "Só as primeiras 1 linhas" in page.content.decode()


def test_the_report_says_when_something_waits(cast: Cast, client_of):
    make_document(cast.unit_a1, published_at=LONG_AGO)
    page = client_of(cast.admin).get(reverse("invoices:purge_runs")).content.decode()
    assert "aguardam remoção" in page


def test_a_run_that_died_is_called_interrupted(cast: Cast, client_of):
    hours_ago = timezone.now() - timedelta(hours=3)
    PurgeRun.objects.create(started_at=hours_ago, touched_at=hours_ago, as_of=hours_ago, removed=1)
    page = client_of(cast.admin).get(reverse("invoices:purge_runs")).content.decode()
    assert "Interrompida" in page


def test_the_csv_has_every_tombstone_and_no_formula(cast: Cast, run: PurgeRun, client_of):
    response = client_of(cast.admin).get(reverse("invoices:purge_run_csv", args=[run.pk]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["Número"] for row in rows} == {"1001", "'=1+1"}
    assert len(rows) == 2
    assert response["Content-Disposition"].endswith('.csv"')
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("person", ["ana", "bruno", "agente"])
def test_the_report_is_for_those_who_may_see_it(cast: Cast, run: PurgeRun, client_of, person: str):
    client: Client = client_of(getattr(cast, person))
    for name, args in [("purge_runs", []), ("purge_run", [run.pk]), ("purge_run_csv", [run.pk])]:
        assert client.get(reverse(f"invoices:{name}", args=args)).status_code == 403


def test_the_list_of_runs_and_a_run_cost_the_same_with_many_rows(cast: Cast, client_of):
    client: Client = client_of(cast.admin)
    for count in (1, 8):
        for _i in range(count):
            make_document(cast.unit_a1, published_at=LONG_AGO)
        run = expire(as_of=timezone.now())
    urls = [
        reverse("invoices:purge_run", args=[pk])
        for pk in PurgeRun.objects.values_list("pk", flat=True)
    ]
    client.get(reverse("invoices:purge_runs"))
    counts = []
    for url in urls:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert run.removed == 8
