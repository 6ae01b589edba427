"""Publishing one document: signed, stored, told, replaced, unchanged."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from certificates.signatures.verification import verify_pdf
from invoices.models import Document, DocumentEvent, DocumentType
from invoices.services.document_spec import ANY_VERSION
from invoices.services.document_versions import Outcome
from invoices.services.history import note
from invoices.services.publish_one import ChangedMeanwhile, withdraw
from portal.audit.models import AuditEvent
from portal.files.models import PendingFile
from portal.files.services import open_file
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from portal.transitions import IllegalTransition
from tests.factories import Cast, make_grant
from tests.invoices.batching import a_pdf, a_scripted_pdf, an_encrypted_pdf, an_xlsx, publish_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]
AT = datetime(2026, 8, 31, 15, tzinfo=UTC)


@pytest.fixture
def invoice(invoice_type: DocumentType, cast: Cast) -> dict[str, Any]:
    return {
        "unit": cast.unit_a1, "type": invoice_type, "period": date(2026, 8, 1), "number": "77",
        "amount_cents": 123_456, "due_date": date(2026, 9, 10), "file_name": "fatura.pdf",
        "by": cast.faturista, "at": AT,
    }  # fmt: skip


def test_what_is_served_is_a_signed_pdf_with_the_hash_that_is_noted(invoice):
    document, outcome = publish_file(a_pdf("um"), **invoice)
    assert outcome == Outcome.NEW
    with open_file(document.file_key) as file:
        served = file.read()
    [report] = verify_pdf(served)
    assert report.intact
    assert document.size == len(served)
    assert document.signature == Document.Signature.PADES
    assert len(document.verification_code) == 16
    assert not PendingFile.objects.exists()


def test_six_calendar_months_from_the_end_of_august_end_in_february(invoice):
    document, _ = publish_file(a_pdf("um"), **invoice)
    assert document.available_until == date(2027, 2, 28)
    assert document.expires_at == datetime(2027, 3, 1, 3, tzinfo=UTC)


def test_the_day_of_publication_is_that_of_the_unit(invoice, cast):
    cast.unit_a1.timezone = "America/Manaus"
    cast.unit_a1.save()
    at = datetime(2026, 9, 1, 3, 30, tzinfo=UTC)  # still 31 August, 23:30, in Manaus
    document, _ = publish_file(a_pdf("um"), **{**invoice, "at": at})
    assert document.available_until == date(2027, 2, 28)
    assert document.expires_at == datetime(2027, 3, 1, 4, tzinfo=UTC)


def test_months_of_retention_of_the_type_come_before_those_of_the_provider(invoice, invoice_type):
    invoice_type.retention_months = 12
    invoice_type.save()
    document, _ = publish_file(a_pdf("um"), **invoice)
    assert document.available_until == date(2027, 8, 31)


def test_the_same_bytes_again_change_nothing(invoice):
    first, _ = publish_file(a_pdf("um"), **invoice)
    again, outcome = publish_file(a_pdf("um"), **invoice)
    assert (again, outcome) == (first, Outcome.UNCHANGED)
    assert Document.objects.count() == 1
    assert DocumentEvent.objects.count() == 1
    assert Entry.objects.filter(kind="mail").count() == 1


def test_other_bytes_replace_the_older_version(invoice):
    first, _ = publish_file(a_pdf("um"), **invoice)
    second, outcome = publish_file(a_pdf("dois"), **invoice)
    first.refresh_from_db()
    assert outcome == Outcome.REPLACES
    assert (second.version, second.replaces) == (2, first)
    assert first.status == Document.Status.REPLACED
    assert first.events.filter(kind="replaced").count() == 1


def test_the_same_bytes_after_their_end_are_published_anew(invoice):
    publish_file(a_pdf("um"), **invoice)
    _, outcome = publish_file(a_pdf("um"), **{**invoice, "at": AT + timedelta(days=300)})
    assert outcome == Outcome.REPLACES


def test_who_expected_another_version_is_told_and_nothing_changes(invoice, tmp_path):
    first, _ = publish_file(a_pdf("um"), **invoice, replaces=None)
    with pytest.raises(ChangedMeanwhile):
        publish_file(a_pdf("dois"), **invoice, replaces=None)
    assert [d.pk for d in Document.objects.all()] == [first.pk]
    files = [p for p in (tmp_path / "media").rglob("*") if p.is_file()]
    assert [p.name for p in files] == [first.file_key.rpartition("/")[2]]
    publish_file(a_pdf("dois"), **invoice, replaces=first.pk)
    publish_file(a_pdf("tres"), **invoice, replaces=ANY_VERSION)


def test_a_spreadsheet_gets_its_signature_in_a_file_of_its_own(invoice, report_type):
    document, _ = publish_file(
        an_xlsx(),
        **{**invoice, "type": report_type, "file_name": "r.xlsx", "amount_cents": None},
    )
    assert document.signature == Document.Signature.CMS
    assert document.release == Document.Release.NOT_ASKED
    with open_file(document.signature_key) as file:
        assert file.read(1) == b"0"  # DER


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        (an_encrypted_pdf(), "f.pdf", "senha"),
        (a_scripted_pdf(), "f.pdf", "scripts"),
        (b"MZ\x90\x00 not a document", "f.exe", "aceit"),
        (b"", "f.pdf", "vazio"),
        (b"%PDF-1.7 broken", "f.pdf", "danificado"),
    ],
    ids=["encrypted", "scripted", "other type", "empty", "broken"],
)
def test_a_file_that_must_not_go_out_is_refused_with_its_reason(invoice, source, name, message):
    with pytest.raises(ValidationError) as caught:
        publish_file(source, **{**invoice, "file_name": name})
    assert message in " ".join(caught.value.messages)
    assert not Document.objects.exists()
    assert not PendingFile.objects.exists()


def test_only_who_may_see_the_unit_is_told_and_once(invoice, cast):
    make_grant(cast.ana, cast.company_a)  # by unit and by company: still one mail
    document, _ = publish_file(a_pdf("um"), **invoice)
    mail = Entry.objects.get(kind="mail")
    assert mail.recipient == cast.ana.email
    message = opened(mail)
    assert message is not None
    assert f"/documentos/{document.pk}/" in message.text
    assert "R$\u00a01.234,56" in message.text


def test_a_silent_publication_tells_nobody(invoice):
    publish_file(a_pdf("um"), **invoice, notify=False)
    assert not Entry.objects.exists()


def test_publishing_is_in_the_companys_audit_chain(invoice, cast):
    document, _ = publish_file(a_pdf("um"), **invoice)
    event = AuditEvent.objects.get(action="document.published")
    assert event.chain == f"company:{cast.company_a.pk}"
    assert event.data["sha256"] == document.sha256
    assert event.actor == cast.faturista


def test_whoever_saw_a_document_is_told_of_its_withdrawal_and_others_are_not(invoice, cast):
    document, _ = publish_file(a_pdf("um"), **{**invoice, "at": timezone.now()}, notify=False)
    note(document, DocumentEvent.Kind.OPENED, cast.ana, timezone.now())
    told = withdraw(document, reason="Valor errado", by=cast.faturista, at=timezone.now())
    assert told == 1
    mail = Entry.objects.get(kind="mail")
    assert mail.recipient == cast.ana.email
    message = opened(mail)
    assert message is not None
    assert "Valor errado" in message.text
    document.refresh_from_db()
    assert document.status == Document.Status.WITHDRAWN


def test_withdrawing_an_unseen_document_tells_nobody(invoice, cast):
    document, _ = publish_file(a_pdf("um"), **invoice, notify=False)
    assert withdraw(document, reason="Erro", by=cast.faturista, at=AT) == 0
    assert not Entry.objects.exists()


def test_a_document_is_withdrawn_once_and_never_without_a_reason(invoice, cast):
    document, _ = publish_file(a_pdf("um"), **invoice)
    with pytest.raises(ValidationError):
        withdraw(document, reason="  ", by=cast.faturista, at=AT)
    withdraw(document, reason="Erro", by=cast.faturista, at=AT)
    with pytest.raises(IllegalTransition):
        withdraw(document, reason="Erro", by=cast.faturista, at=AT)


def test_after_a_withdrawal_the_next_version_gets_the_next_number(invoice, cast):
    document, _ = publish_file(a_pdf("um"), **invoice)
    withdraw(document, reason="Erro", by=cast.faturista, at=AT)
    again, outcome = publish_file(a_pdf("um"), **invoice)
    assert (again.version, outcome, again.replaces) == (2, Outcome.NEW, None)
