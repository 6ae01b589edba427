"""What the tests ask of a running portal, in a process beside it with its settings.

Read from standard input as lines of JSON, ``["name of a function", argument…]``; what the
function gives back is a line on standard output.
"""

import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from certificates.services import install_pfx
from invoices.models import Batch, BatchRow, Document, DocumentEvent, PurgeRun, Tombstone
from invoices.services import batch_actions
from invoices.tasks import expire_documents
from portal.audit.models import AuditEvent
from portal.audit.verification import chains, verify_chain
from portal.files import services as files
from portal.files.models import DoomedFile, PendingFile
from portal.outbox.models import Entry
from portal.outbox.tasks import sweep
from tests.certificates import authority
from tests.factories import Cast, make_cast, make_document, make_grant, make_type
from tests.invoices.batching import a_batch_zip, files_in, upload

LONG_AGO = datetime(2024, 1, 15, 12, tzinfo=UTC)
ROWS = 3


@cache
def cast() -> Cast:
    return make_cast()


def build() -> None:
    """People, units, a type, and a certificate to sign with."""
    make_grant(cast().bruno, cast().unit_a1)  # two readers of one unit: two mails
    cast().faturista.is_superuser = True
    cast().faturista.save()
    make_type()
    leaf = authority.certificate(names=authority.company_names())
    install_pfx(authority.pfx(leaf=leaf), authority.PASSWORD, label="A1", by=None)


def hand_in(mark: str) -> int:
    """Give in a batch of three invoices; its key."""
    data = a_batch_zip(cast().unit_a1.code, [f"{mark}-{letter}" for letter in "abc"])
    return batch_actions.receive(upload(data), None, name=mark, by=cast().faturista)[0].pk


def status(batch: int) -> str:
    return Batch.objects.values_list("status", flat=True).get(pk=batch)


def publish(batch: int) -> None:
    batch_actions.publish(Batch.objects.get(pk=batch), by=cast().faturista, at=timezone.now())


def state() -> str:
    """What is left to do, for whoever waits in vain."""
    entries = Entry.objects.exclude(status=Entry.Status.DONE)
    runs = PurgeRun.objects.order_by("-pk")[:3]
    return f"{list(entries.values())} {list(runs.values())}"


def waiting() -> int:
    """How many mails and jobs are not done."""
    return Entry.objects.exclude(status=Entry.Status.DONE).count()


def waiting_is_over() -> None:
    """Leases of the dead have run out and pauses have passed; the sweep comes, as by beat."""
    past = timezone.now() - timedelta(seconds=1)
    Entry.objects.filter(status=Entry.Status.RUNNING).update(leased_until=past)
    Entry.objects.filter(status=Entry.Status.PENDING).update(due_at=past)
    sweep.delay()


def check_published(batch: int) -> None:
    """Each row is published once, its traces are there once, each reader has one mail."""
    found = Batch.objects.get(pk=batch)
    assert (found.status, found.done, found.problem) == ("applied", ROWS, ""), found.__dict__
    assert found.counts["new"] == ROWS
    documents = Document.objects.filter(batch_row__batch=batch)
    assert Document.objects.filter(number__startswith=f"{found.name}-").count() == ROWS
    assert list(documents.values_list("version", "status")) == [(1, "published")] * ROWS
    assert DocumentEvent.objects.filter(document__in=documents, kind="published").count() == ROWS
    targets = [f"invoices.document:{pk}" for pk in documents.values_list("pk", flat=True)]
    published = AuditEvent.objects.filter(action="document.published", target__in=targets)
    assert published.count() == ROWS
    mails = Entry.objects.filter(kind="mail", key__startswith=f"batch:{batch}:")
    readers = [cast().ana.email, cast().bruno.email]
    assert Counter(mails.values_list("recipient", flat=True)) == Counter(readers)
    for mail in mails:
        # Killed between sending and noting it, a mail goes twice: the same one, says its id.
        sent = [text for text in _sent() if f"Message-ID: {mail.message_id}" in text]
        assert 1 <= len(sent) <= mail.attempts <= 2, (mail.key, len(sent), mail.attempts)
    _check_the_rest()


def _sent() -> list[str]:
    """Each message that was handed over, as filed by Django's own backend for that."""
    folder = Path(getattr(settings, "EMAIL_FILE_PATH"))  # noqa: B009
    texts = [path.read_text() for path in folder.glob("*.log")]
    return [part for text in texts for part in text.split("-" * 79) if part.strip()]


def hand_out_old() -> dict[str, Any]:
    """Three documents past their end, one with a detached signature, and one that stays."""
    old = [make_document(cast().unit_a2, published_at=LONG_AGO) for _ in range(2)]
    signature = files.store(b"\x30\x03\x02\x01\x01", prefix="invoices/signatures", name="a.p7s")
    files.claim(signature.key)
    old.append(make_document(cast().unit_a2, published_at=LONG_AGO, signature_key=signature.key))
    return {"old": [d.pk for d in old], "kept": make_document(cast().unit_a2).pk}


def expire() -> None:
    expire_documents.delay()


def check_expired(old: list[int], kept: int) -> None:
    """Each has one tombstone and nothing else; figures and audit count each once."""
    assert Document.objects.filter(unit=cast().unit_a2, expires_at__lte=timezone.now()).count() == 0
    assert Document.objects.filter(pk=kept).count() == 1
    assert Tombstone.objects.filter(document_pk__in=old).count() == len(old)
    total = Tombstone.objects.count()
    assert sum(PurgeRun.objects.values_list("removed", flat=True)) == total
    events = AuditEvent.objects.filter(action="documents.removed")
    assert sum(event.data["documents"] for event in events) == total
    _check_the_rest()


def _check_the_rest() -> None:
    """Every file has an owner and every owner its file; every chain is whole."""
    files.sweep(at=timezone.now() + timedelta(hours=25))
    owned: set[str] = set()
    for model, field in (
        (Document, "file_key"), (Document, "signature_key"), (BatchRow, "file_key"),
        (Batch, "file_key"), (Batch, "manifest_key"),
    ):  # fmt: skip
        owned |= set(model._base_manager.values_list(field, flat=True))
    assert files_in(Path(settings.PRIVATE_MEDIA_ROOT)) == owned - {""}
    assert not PendingFile.objects.exists()
    assert not DoomedFile.objects.exists()
    for chain in chains():
        assert verify_chain(chain).broken_at is None


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(globals()[name](*arguments)), file=answers, flush=True)
