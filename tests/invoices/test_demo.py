"""The demonstration's documents are made through the product's own ways, and go as real ones do."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.utils import timezone

from certificates.signatures.verification import verify_detached, verify_pdf
from invoices import demo as demo_invoices
from invoices.models import Batch, Document, DocumentEvent, PurgeRun, Tombstone
from invoices.services import folder_publishing
from portal.audit.verification import chains, verify_chain
from portal.demo import services as demo
from portal.files.models import DoomedFile, PendingFile
from portal.files.services import open_file

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demonstration(settings: LazySettings, tmp_path) -> LazySettings:
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    return settings


def stored(key: str) -> bytes:
    with open_file(key) as file:
        return file.read()


def test_what_is_recent_is_signed_and_can_be_opened_and_what_is_old_has_gone(
    demonstration: LazySettings,
):
    told: list[str] = []
    demo.load(at=timezone.now(), tell=told.append, ages=(8, 1))

    assert Batch.objects.filter(status="applied").count() == 2
    assert len([line for line in told if line.startswith("Faturas de ")]) == 2
    recent = Document.objects.filter(legal_hold=False)
    assert recent.count() >= 12
    assert all(d.published_at > timezone.now() - timedelta(days=62) for d in recent)
    assert Tombstone.objects.count() >= 11
    assert PurgeRun.objects.get().removed == Tombstone.objects.count()
    held = Document.objects.get(legal_hold=True)
    assert held.expires_at < timezone.now()
    assert default_storage.exists(held.file_key)
    assert not PendingFile.objects.exists()
    assert not DoomedFile.objects.exists()
    assert all(verify_chain(chain).broken_at is None for chain in chains())
    # Of all types, and each by a signature that fits.
    assert [document for document in recent if not is_intact(document)] == []
    assert {d.file_name.rpartition(".")[2] for d in recent} == {"pdf", "xlsx", "csv"}
    assert DocumentEvent.objects.filter(kind="opened").exists()


def is_intact(document: Document) -> bool:
    content = stored(document.file_key)
    if document.signature == Document.Signature.PADES:
        [report] = verify_pdf(content)
    else:
        [report] = verify_detached(content, stored(document.signature_key))
    return report.intact


def test_it_goes_on_where_it_was_stopped(
    demonstration: LazySettings, monkeypatch: pytest.MonkeyPatch
):
    def dies(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    of_one_unit = [(*kind[:4], kind[4][0], kind[5]) for kind in demo_invoices.TYPES]
    monkeypatch.setattr(demo_invoices, "TYPES", of_one_unit)
    with monkeypatch.context() as patch:
        patch.setattr(folder_publishing, "publish_here", dies)
        with pytest.raises(KeyboardInterrupt):
            demo.load(at=timezone.now(), tell=lambda _text: None, ages=(1,))
    assert not demo.is_loaded()
    demo.load(at=timezone.now(), tell=lambda _text: None, ages=(1,))
    assert demo.is_loaded()
    assert Batch.objects.get().status == "applied"
    assert not list((demonstration.VAR_DIR / "demo").glob("*"))
