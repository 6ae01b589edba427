"""A document on legal hold stays, and stays available, until the hold is lifted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone

from invoices.models import Document, DocumentEvent, Tombstone
from invoices.services.legal_hold import free, hold
from invoices.services.removal import expire
from portal.audit.models import AuditEvent
from tests.factories import Cast, make_document

pytestmark = pytest.mark.both

LONG_AGO = datetime(2024, 1, 15, 12, tzinfo=UTC)
SOON_AFTER = datetime(2024, 2, 1, tzinfo=UTC)


def held(cast: Cast, reason: str = "Processo 123/2024") -> Document:
    """Held while it was still available; its end has passed long since."""
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    hold(document, reason=reason, by=cast.admin, at=SOON_AFTER)
    return document


def test_a_held_document_outlives_its_end_and_its_client_can_still_fetch_it(cast: Cast):
    document = held(cast)
    assert expire(as_of=timezone.now()).removed == 0
    assert Document.objects.visible_to(cast.ana, at=timezone.now()).get() == document
    assert document.is_fetchable(timezone.now())
    assert default_storage.exists(document.file_key)


def test_lifted_past_its_end_it_is_gone_at_once_and_removed_by_the_next_run(cast: Cast):
    document = held(cast)
    free(document, by=cast.admin, at=timezone.now())
    assert not Document.objects.visible_to(cast.ana, at=timezone.now()).exists()
    assert not Document.objects.visible_to(cast.admin, at=timezone.now()).exists()
    assert expire(as_of=timezone.now()).removed == 1
    assert not default_storage.exists(document.file_key)
    assert Tombstone.objects.get().legal_hold_reason == "Processo 123/2024"


def test_lifted_before_its_end_it_stays_until_then(cast: Cast):
    document = make_document(cast.unit_a1)
    hold(document, reason="Auditoria", by=cast.admin, at=timezone.now())
    free(document, by=cast.admin, at=timezone.now())
    assert Document.objects.visible_to(cast.ana, at=timezone.now()).exists()
    assert not Document.objects.visible_to(cast.ana, at=document.expires_at).exists()


def test_the_hold_and_its_end_are_in_history_and_audit(cast: Cast):
    document = held(cast)
    free(document, by=cast.admin, at=timezone.now())
    events = list(document.events.order_by("pk").values_list("kind", "user", "note"))
    assert events == [("held", cast.admin.pk, "Processo 123/2024"), ("freed", cast.admin.pk, "")]
    audited = AuditEvent.objects.filter(target=f"invoices.document:{document.pk}").order_by("pk")
    assert [e.action for e in audited] == ["document.held", "document.freed"]
    assert {e.chain for e in audited} == {f"company:{cast.company_a.pk}"}
    assert {e.actor_id for e in audited} == {cast.admin.pk}
    assert all("Processo" not in str(e.data) for e in audited), "free text cannot be erased there"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_hold_needs_a_reason(cast: Cast, reason: str):
    document = make_document(cast.unit_a1)
    with pytest.raises(ValidationError, match="Diga por que"):
        hold(document, reason=reason, by=cast.admin, at=timezone.now())
    assert not DocumentEvent.objects.exists()


def test_the_database_refuses_a_hold_without_a_reason(cast: Cast):
    with pytest.raises(IntegrityError):
        make_document(cast.unit_a1, legal_hold=True)


def test_what_is_past_its_end_cannot_be_brought_back_by_a_hold(cast: Cast):
    """Its bytes may be gone already: a removal that was killed leaves such rows."""
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    with pytest.raises(ValidationError) as error:
        hold(document, reason="Processo", by=cast.admin, at=timezone.now())
    assert error.value.code == "gone"
    document.refresh_from_db()
    assert not document.legal_hold


def test_the_end_is_the_first_instant_at_which_it_is_too_late(cast: Cast):
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    with pytest.raises(ValidationError):
        hold(document, reason="Processo", by=cast.admin, at=document.expires_at)
    hold(document, reason="Processo", by=cast.admin, at=document.expires_at - timedelta(seconds=1))


def test_a_removed_document_cannot_be_held(cast: Cast):
    document = make_document(cast.unit_a1, published_at=LONG_AGO)
    expire(as_of=timezone.now())
    with pytest.raises(ValidationError) as error:
        hold(document, reason="Processo", by=cast.admin, at=SOON_AFTER)
    assert error.value.code == "gone"


def test_a_second_hold_does_not_overwrite_the_first(cast: Cast):
    document = held(cast)
    with pytest.raises(ValidationError) as error:
        hold(document, reason="Outro", by=cast.admin, at=SOON_AFTER)
    assert error.value.code == "held"
    document.refresh_from_db()
    assert document.legal_hold_reason == "Processo 123/2024"


def test_what_is_not_held_cannot_be_freed(cast: Cast):
    document = make_document(cast.unit_a1)
    with pytest.raises(ValidationError) as error:
        free(document, by=cast.admin, at=timezone.now())
    assert error.value.code == "not_held"
    assert not AuditEvent.objects.filter(action="document.freed").exists()
