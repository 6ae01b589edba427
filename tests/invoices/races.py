"""What the invoice desk does once, however often it is sent at the same moment."""

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from invoices.models import Document, InvoiceDraft
from invoices.services import batch_actions, drafts, expiry_notice, publish_one
from invoices.services import release as releases
from invoices.services.document_spec import DocumentSpec, SourceFile
from portal.transitions import IllegalTransition
from tests.factories import Cast, make_document, make_draft, make_type
from tests.invoices.batching import HEADER, a_csv, a_pdf, a_zip
from tests.racing import Race, Work, sending

_S = "invoices.services"


def _browser(user: object) -> Client:
    browser = Client()
    browser.force_login(user)  # type: ignore[arg-type]
    return browser


def _zip(cast: Cast) -> Work:
    make_type()
    row = (cast.unit_a1.code, "fatura-servicos", "10/2026", "1", "1,00", "10/11/2026", "a.pdf")
    data = a_zip({"manifesto.csv": a_csv([row], header=HEADER), "a.pdf": a_pdf()})
    return lambda: batch_actions.receive(
        ContentFile(data, name="lote.zip"), None, name="Lote", by=cast.faturista
    )


def _draft(cast: Cast) -> Work:
    values = {
        "unit": cast.unit_a1, "type": make_type(), "period": timezone.localdate().replace(day=1),
        "number": "77", "due_date": timezone.localdate(), "notes": "",
    }  # fmt: skip
    items = [drafts.Item("Limpeza", 1000, 100)]
    return lambda: drafts.save_draft(values, items, by=cast.faturista)


def _import(cast: Cast) -> Work:
    header = ("unidade", "tipo", "periodo", "numero", "vencimento", "descricao", "preco")
    row = (cast.unit_a1.code, make_type().code, "10/2026", "78", "10/11/2026", "Limpeza", "1,00")
    data = a_csv([row], header=header)
    address, browser = reverse("invoices:draft_import"), _browser(cast.faturista)

    def send() -> object:
        return sending(browser, address, {"file": SimpleUploadedFile("a.csv", data)})()

    return send


def _publish_draft(cast: Cast) -> Work:
    pk = make_draft(cast.unit_a1).pk
    return lambda: drafts.publish_draft(
        InvoiceDraft.objects.get(pk=pk), by=cast.faturista, at=timezone.now()
    )


def _publish(cast: Cast) -> Work:
    now, kind, content = timezone.now(), make_type(), a_pdf("corrida")
    spec = DocumentSpec(
        unit=cast.unit_a1, type=kind, period=now.date().replace(day=1), number="79",
        amount_cents=100, due_date=now.date(), by=cast.faturista, at=now,
        file=SourceFile.from_bytes(content, "a.pdf"),
    )  # fmt: skip
    return lambda: publish_one.publish(spec)


def _withdraw(cast: Cast) -> Work:
    document = make_document(cast.unit_a1)
    document.events.create(kind="seen", user=cast.ana, at=timezone.now())
    return lambda: publish_one.withdraw(
        Document.objects.get(pk=document.pk), reason="Errada", by=cast.faturista, at=timezone.now()
    )


def _release(cast: Cast) -> Work:
    pk = make_document(cast.unit_a1).pk
    return lambda: releases.release(Document.objects.get(pk=pk), cast.ana, timezone.now())


def _contest(cast: Cast) -> Work:
    document = make_document(cast.unit_a1)
    address, browser = reverse("invoices:contest", args=[document.pk]), _browser(cast.ana)
    return sending(browser, address, {"reason": "O valor está errado."})


def _question(cast: Cast) -> Work:
    filled = {"topic": "amount", "document": "", "message": "Quando vence a fatura de outubro?"}
    return sending(_browser(cast.ana), reverse("invoices:questions"), filled)


def _notice(cast: Cast) -> Work:
    at = timezone.now()
    make_document(cast.unit_a1, months=0, expires_at=at + expiry_notice.NOTICE / 2)
    return lambda: expiry_notice.announce(at=at)


def _mailed_notice(cast: Cast) -> Work:
    at = timezone.now()
    make_document(cast.unit_a1, expires_at=at + expiry_notice.NOTICE / 2, noticed_at=at)
    return lambda: expiry_notice.send_notice(cast.ana, announced_at=at)


RACES = [
    Race(name="zip", services={"portal.batches.services._create"}, prepare=_zip,
         leaves={"invoices.Batch": 1}),
    Race(name="draft", services={f"{_S}.drafts._save_draft", f"{_S}.drafts.add_items"},
         prepare=_draft, leaves={"invoices.InvoiceDraft": 1, "invoices.InvoiceItem": 1}),
    Race(name="import", services={f"{_S}.draft_import._import_one"}, prepare=_import,
         leaves={"invoices.InvoiceDraft": 1}),
    Race(name="publish-draft", services={f"{_S}.drafts.publish_draft"}, prepare=_publish_draft,
         leaves={"invoices.Document": 1, "outbox.Entry": 1}),
    Race(name="publish", prepare=_publish, leaves={"invoices.Document": 1, "outbox.Entry": 1},
         services={f"{_S}.signed_documents.create_documents",
                   f"{_S}.signed_documents._leave_traces", f"{_S}.mailing.tell_published"}),
    Race(name="withdraw", services={f"{_S}.mailing.tell_withdrawn"}, prepare=_withdraw,
         leaves={"outbox.Entry": 1}, told=(IllegalTransition,)),
    Race(name="release", services={f"{_S}.release.release"}, prepare=_release,
         leaves={"invoices.DocumentEvent": 1, "outbox.Entry": 1}, told=(IllegalTransition,)),
    Race(name="contest", services={f"{_S}.release.contest"}, prepare=_contest,
         leaves={"invoices.DocumentEvent": 1, "outbox.Entry": 2}),
    Race(name="question", services={f"{_S}.questions.ask"}, prepare=_question,
         leaves={"outbox.Entry": 1}),
    Race(name="notice", services={f"{_S}.expiry_notice.announce",
                                  f"{_S}.expiry_notice._leave_events"},
         prepare=_notice, leaves={"invoices.DocumentEvent": 1, "outbox.Entry": 1}),
    Race(name="mailed-notice", services={f"{_S}.expiry_notice.send_notice"},
         prepare=_mailed_notice, leaves={"outbox.Entry": 1}),
]  # fmt: skip
EXCEPTIONS = {
    "two workers at once are tried in tests/invoices/test_batch_faults.py and test_removal_faults.py": {
        f"{_S}.batch_undoing._undo_chunk", f"{_S}.removal.expire", f"{_S}.removal._remove_chunk",
        f"{_S}.removal._add_to_report",
    },
    "a job of the outbox: each person's mail has a key, which is tried in test_batch_mails.py": {
        f"{_S}.batch_mails._correct",
    },
    "the row is locked before it is judged": {
        f"{_S}.legal_hold._leave_trace",
    },
    "a line of history, not an object: the cache leaves out repetitions, and one too many does no harm": {
        f"{_S}.history._insert",
    },
    "a command that an operator runs: each call is a batch of its own": {
        f"{_S}.folder_publishing.check_folder",
    },
    "saves a picture, not a row": {f"{_S}.preview.render_page"},
}  # fmt: skip
