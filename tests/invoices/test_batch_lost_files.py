"""A restore, or one lost file, ends a batch by a row's error: never by work that goes on for ever."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from invoices.models import Batch, Document
from invoices.services import batch_actions
from portal.batches.models import BatchStatus
from portal.outbox import delivery
from portal.outbox.models import Entry
from tests.factories import Cast
from tests.invoices.batching import Page, a_batch_zip, do, errors_of, hand_in, upload

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_signer", "invoice_type"),
]


def test_a_lost_staged_file_is_the_error_of_its_row_and_the_batch_ends(
    cast: Cast, page: Page
) -> None:
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2, 3]))
    default_storage.delete(batch.rows.get(number="2").file_key)
    do(batch, batch_actions.publish, cast)
    assert (batch.status, batch.problem) == (BatchStatus.APPLIED, "")
    assert sorted(Document.objects.values_list("number", flat=True)) == ["1", "3"]
    assert [column for column, _text in errors_of(batch)[3]] == ["arquivo"]
    text = page("batch", batch.pk).content.decode()
    assert "O portal não tem mais este arquivo" in text
    assert "Envie o documento de novo" in text
    again = do(
        hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2, 3])), batch_actions.publish, cast
    )
    assert again.counts["new"] == 1
    assert Document.objects.filter(status="published").count() == 3


def test_a_zip_that_is_lost_before_it_is_checked_refuses_its_batch(cast: Cast, page: Page) -> None:
    batch, _new = batch_actions.receive(
        upload(a_batch_zip(cast.unit_a1.code, [1])), None, name="Faturas", by=cast.faturista
    )
    default_storage.delete(batch.file_key)
    delivery.sweep()
    batch.refresh_from_db()
    assert batch.status == BatchStatus.REFUSED
    assert "Envie de novo" in page("batch", batch.pk).content.decode()


def test_a_restore_in_mid_batch_ends_with_every_document_out_or_told(cast: Cast) -> None:
    """The database is that of before the last chunk, the store that of after it."""
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2]))
    batch_actions.publish(batch, by=cast.faturista, at=timezone.now())
    before = {row.pk: row.file_key for row in batch.rows.all()}
    delivery.sweep()
    Document.objects.all().delete()
    for pk, key in before.items():
        batch.rows.filter(pk=pk).update(done_at=None, file_key=key, document=None)
        default_storage.delete(key)
    Batch.objects.filter(pk=batch.pk).update(
        status=BatchStatus.APPLYING, done=0, counts={"new": 2}, applied_at=None
    )
    Entry.objects.filter(kind="job", name="invoices.publish_batch").update(
        status=Entry.Status.RUNNING, leased_until=timezone.now() - timedelta(hours=1)
    )
    delivery.sweep()
    batch.refresh_from_db()
    assert batch.status == BatchStatus.APPLIED
    assert batch.counts["error"] == 2
    assert not Document.objects.exists()
