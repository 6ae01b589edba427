"""A batch's mails wait a few minutes: undone in time it tells nobody, later its readers are corrected."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from invoices.models import Document
from invoices.services import batch_actions
from invoices.services.batch_mails import tell_undone
from portal.batches import services as batches
from portal.batches.models import BatchStatus
from portal.outbox import delivery
from portal.outbox.models import Entry
from tests.factories import Cast
from tests.invoices.batching import Page, a_batch_zip, do, hand_in, text_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_signer", "invoice_type"),
]


@pytest.fixture
def published(cast: Cast, settings: LazySettings):
    settings.BATCH_MAIL_MINUTES = 5
    return do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2])), batch_actions.publish, cast)


def mails(status: str = "") -> list[Entry]:
    found = Entry.objects.filter(kind="mail").order_by("pk")
    return list(found.filter(status=status) if status else found)


def let_them_leave() -> None:
    Entry.objects.filter(kind="mail", status="pending").update(due_at=timezone.now())
    delivery.sweep()


def test_mails_of_a_batch_wait_and_its_page_says_until_when(cast, page: Page, published):
    [mail] = mails("pending")
    assert mail.due_at == published.applied_at + timedelta(minutes=5)
    assert "serão avisados por e-mail às" in page("batch", published.pk).content.decode()
    let_them_leave()
    assert [mail.recipient for mail in mails("done")] == [cast.ana.email]


def test_undone_meanwhile_it_tells_nobody(cast, published):
    do(published, batches.undo, cast)
    assert published.status == BatchStatus.UNDONE
    let_them_leave()
    assert [mail.status for mail in mails()] == ["cancelled"]


def test_undone_later_its_readers_get_a_correction(cast, published):
    let_them_leave()
    do(published, batches.undo, cast)
    let_them_leave()
    told, correction = mails()
    assert (told.status, correction.status) == ("done", "done")
    assert correction.recipient == cast.ana.email
    assert "Correção: 2 documentos foram retirados" in correction.name
    text = text_of(correction)
    assert "publicados por engano" in text
    assert str(Document.objects.earliest("pk")) in text


def test_what_a_client_has_seen_stays_and_is_still_told(cast, published):
    """Undone in time, but one document had been opened from the list."""
    seen = Document.objects.earliest("pk")
    seen.events.create(kind="seen", user=cast.ana, at=timezone.now())
    do(published, batches.undo, cast)
    let_them_leave()
    held, kept = mails()
    assert (held.status, kept.status) == ("cancelled", "done")
    assert str(seen) in text_of(kept)
    assert str(Document.objects.latest("pk")) not in text_of(kept)


def test_a_batch_that_is_undone_before_its_clients_were_looked_up_tells_nobody(
    cast, settings: LazySettings
):
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    do(batch, batch_actions.publish, cast)
    Entry.objects.filter(kind="mail").delete()
    Entry.objects.filter(name="invoices.tell_clients").update(
        status="pending", due_at=timezone.now() + timedelta(minutes=1)
    )
    do(batch, batches.undo, cast)
    Entry.objects.filter(kind="job").update(due_at=timezone.now())
    delivery.sweep()
    assert mails() == []


def test_told_twice_of_an_undoing_everybody_gets_one_mail(cast, published):
    let_them_leave()
    do(published, batches.undo, cast)
    tell_undone(published, at=timezone.now())
    assert len(mails()) == 2
