"""Every state of a batch has a way out that staff can press; work goes on where it stopped."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from django.urls import reverse
from django.utils import timezone

from invoices.models import Batch, Document
from invoices.services import batch_actions, batch_publishing, batch_undoing
from portal.audit.models import AuditEvent
from portal.batches import services as batches
from portal.batches.models import BatchStatus
from portal.outbox import delivery
from portal.outbox.models import Entry
from portal.transitions import FINAL, IllegalTransition
from tests.factories import Cast
from tests.invoices.batching import Page, a_batch_zip, do, errors_of, files_in, hand_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_signer", "invoice_type", "report_type"),
]
WAYS = ("publish", "undo", "discard", "stop")


@pytest.fixture
def one_row_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.batches.slices.SLICE_SECONDS", 0)
    for module in (batch_publishing, batch_undoing):
        monkeypatch.setattr(module, "CHUNK", 1)


def a_third_published(cast: Cast) -> Batch:
    """Three documents, of which one slice has published the first."""
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2, 3]))
    batch_actions.publish(batch, by=cast.faturista, at=timezone.now())
    batch_publishing.publish_slice(batch, by=cast.faturista)
    assert Document.objects.count() == 1
    return batch


@pytest.mark.parametrize("status", [s for s in BatchStatus if Batch.TRANSITIONS[s] is not FINAL])
def test_the_page_offers_a_way_out_and_it_leads_out(
    cast: Cast, page: Page, status: BatchStatus
) -> None:
    batch = Batch.objects.create(name="Lote", status=status, created_by=cast.faturista)
    text = page("batch", batch.pk).content.decode()
    urls = [reverse(f"invoices:batch_{way}", args=[batch.pk]) for way in WAYS]
    offered = [url for url in urls if url in text]
    assert offered
    assert page.client.get(offered[-1]).status_code == 200
    page.client.post(offered[-1])
    batch.refresh_from_db()
    assert batch.status != status


def test_work_that_is_stopped_keeps_what_was_done_and_says_what_was_not(
    cast: Cast, page: Page, one_row_a_slice: None
) -> None:
    batch = a_third_published(cast)
    page.client.post(reverse("invoices:batch_stop", args=[batch.pk]))
    delivery.sweep()
    batch.refresh_from_db()
    assert batch.status == BatchStatus.APPLIED
    assert (batch.counts["new"], batch.counts["error"]) == (1, 2)
    assert list(errors_of(batch)) == [3, 4]
    assert Document.objects.count() == 1
    assert not batch.rows.exclude(file_key="").exists()
    assert [e.recipient for e in Entry.objects.filter(kind="mail")] == [cast.ana.email]
    assert AuditEvent.objects.filter(action="batch.stopped", actor=cast.faturista).exists()
    do(batch, batches.undo, cast)
    assert Document.objects.get().status == Document.Status.WITHDRAWN


def test_what_a_worker_signed_before_the_stop_is_not_published(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2]))
    batch_actions.publish(batch, by=cast.faturista, at=timezone.now())
    commit = batch_publishing._commit

    def stopped_first(*arguments):
        batches.stop(Batch.objects.get(pk=batch.pk), by=cast.admin, at=timezone.now())
        return commit(*arguments)

    monkeypatch.setattr(batch_publishing, "_commit", stopped_first)
    batch_publishing.publish_slice(batch, by=cast.faturista)
    batch.refresh_from_db()
    assert (batch.status, batch.counts["error"]) == (BatchStatus.APPLIED, 2)
    assert not Document.objects.exists()
    assert not [key for key in files_in(tmp_path / "media") if key.startswith("invoices/documents")]


def test_undoing_that_is_stopped_may_be_taken_up_again(cast: Cast, one_row_a_slice: None) -> None:
    batch = do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2])), batch_actions.publish, cast)
    batches.undo(batch, by=cast.faturista, at=timezone.now())
    batch_undoing.undo_slice(batch, by=cast.faturista)
    batches.stop(batch, by=cast.faturista, at=timezone.now())
    delivery.sweep()
    assert batch.status == BatchStatus.APPLIED
    statuses = Document.objects.order_by("number").values_list("status", flat=True)
    assert list(statuses) == ["withdrawn", "published"]
    do(batch, batches.undo, cast)
    assert (batch.status, batch.kept) == (BatchStatus.UNDONE, 0)
    assert list(statuses.all()) == ["withdrawn", "withdrawn"]


def test_of_two_who_undo_the_same_rows_no_row_is_left_out(
    cast: Cast, one_row_a_slice: None
) -> None:
    batch = do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2])), batch_actions.publish, cast)
    batches.undo(batch, by=cast.faturista, at=timezone.now())
    for worker in [Batch.objects.get(pk=batch.pk) for _worker in range(2)]:
        batch_undoing.undo_slice(worker, by=None)
    batch.refresh_from_db()
    assert (batch.status, batch.done) == (BatchStatus.UNDOING, 1)
    delivery.sweep()
    assert not Document.objects.filter(status="published").exists()


def test_a_check_that_was_given_up_goes_on_when_asked(
    cast: Cast, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_open", lambda *_: (_ for _ in ()).throw(OSError))
        batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
        Entry.objects.filter(kind="job").update(attempts=4, due_at=timezone.now())
        delivery.sweep()
    assert Entry.objects.get(kind="job").status == Entry.Status.FAILED
    go_on = reverse("invoices:batch_go_on", args=[batch.pk])
    assert go_on in page("batch", batch.pk).content.decode()
    page.client.post(go_on)
    delivery.sweep()
    batch.refresh_from_db()
    assert (batch.status, batch.problem) == (BatchStatus.CHECKED, "")


def test_nothing_goes_on_and_nothing_stops_where_nothing_is_worked_on(cast: Cast) -> None:
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    for act in (batches.go_on, batches.stop):
        with pytest.raises(IllegalTransition):
            act(batch, by=cast.faturista, at=timezone.now())
    batch.refresh_from_db()
    assert (batch.status, batch.counts["new"]) == (BatchStatus.CHECKED, 1)


def test_a_check_that_nobody_takes_up_again_is_forgotten_in_the_end(cast: Cast) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    for name, problem in (("parado", "x"), ("em curso", "")):
        batch = Batch.objects.create(name=name, status=BatchStatus.CHECKING, problem=problem)
        Batch.objects.filter(pk=batch.pk).update(created_at=long_ago)
    assert batches.discard_forgotten(Batch.objects.all(), at=timezone.now()) == 1
    assert Batch.objects.get(status=BatchStatus.DISCARDED).name == "parado"
