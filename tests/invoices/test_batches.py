"""A batch's life: handed in, checked, looked over, published, undone, discarded; and its pages."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from certificates.signatures import signing
from invoices.models import Batch, BatchRow, Document, DocumentEvent
from invoices.services import batch_actions as services
from invoices.services import batch_checking, signed_documents
from invoices.services.history import note
from invoices.services.publish_one import withdraw
from portal import sandbox
from portal.audit.models import AuditEvent
from portal.audit.verification import verify_chain
from portal.batches import services as batches
from portal.files import checks
from portal.files.models import PendingFile
from portal.outbox import delivery
from portal.outbox.models import Entry
from portal.transitions import IllegalTransition
from tests import hostile
from tests.invoices.batching import (
    HEADER,
    a_batch_zip,
    a_csv,
    a_pdf,
    a_row,
    a_scripted_pdf,
    a_zip,
    an_encrypted_pdf,
    an_xlsx,
    do,
    errors_of,
    files_in,
    hand_in,
    publish_file,
    text_of,
    upload,
)

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_signer", "invoice_type", "report_type"),
]


# --- checking


def test_a_right_batch_is_checked_and_nothing_is_published_yet(cast):
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2, 3]))
    assert batch.status == Batch.Status.CHECKED
    assert batch.counts == {"new": 3, "spare": 0}
    assert (batch.total, batch.done, batch.file_key) == (3, 3, "")
    assert not Document.objects.exists()


def test_a_check_that_finds_no_free_place_in_the_sandbox_waits_and_refuses_nothing(
    cast, settings, monkeypatch
):
    data = upload(a_batch_zip(cast.unit_a1.code, [1, 2]))
    batch, _new = services.receive(data, None, name="Faturas", by=cast.faturista)
    settings.SANDBOX_AT_ONCE = 0
    with monkeypatch.context() as full:
        full.setattr(checks, "ZIP", sandbox.Limits(wait_seconds=0))
        with pytest.raises(sandbox.Busy):
            batch_checking.check_slice(batch, by=None)
    settings.SANDBOX_AT_ONCE = 1
    batch_checking.check_slice(Batch.objects.get(), by=None)
    assert Batch.objects.get().status == Batch.Status.CHECKED


def test_the_manifest_may_come_beside_the_zip_in_latin_1_with_commas(cast):
    code = cast.unit_a1.code
    text = a_csv(
        [[f"{code}", "Fatura de Serviços", "03/2026", 9, "10,50", "2026-04-10", "côpia.pdf"]],
        header=["Unidade", "TIPO", "Período", "Número", "Valor", "Vencimento", "Arquivo"],
        delimiter=",",
    )
    manifest = text.decode().encode("latin-1")
    batch = hand_in(cast, a_zip({"pasta/côpia.pdf": a_pdf("nove")}), manifest)
    assert errors_of(batch) == {}
    row = batch.rows.get()
    assert (row.amount_cents, str(row.due_date)) == (1050, "2026-04-10")


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"unidade": "NADA"}, "unidade", "Não há unidade"),
        ({"tipo": "boleto"}, "tipo", "fatura-servicos"),
        ({"periodo": "13/2026"}, "periodo", "03/2026"),
        ({"periodo": ""}, "periodo", "03/2026"),
        ({"numero": ""}, "numero", "1 a 40"),
        ({"valor": "doze"}, "valor", "1.234,56"),
        ({"valor": ""}, "valor", "precisa do valor"),
        ({"valor": "-5,00"}, "valor", "negativ"),
        ({"vencimento": "31/02/2026"}, "vencimento", "dd/mm/aaaa"),
        ({"arquivo": "outro.pdf"}, "arquivo", "não está"),
        ({"arquivo": ""}, "arquivo", "Preencha"),
        ({"arquivo": "../1.pdf"}, "arquivo", "não está"),
        ({"arquivo": "manifesto.csv"}, "arquivo", "não está"),
    ],
)
def test_a_wrong_value_is_told_with_its_row_and_column(cast, changes, column, words):
    code = cast.unit_a1.code
    rows = [a_row(code, 1, **changes), a_row(code, 2)]
    batch = hand_in(
        cast, a_zip({"manifesto.csv": a_csv(rows), "1.pdf": a_pdf("1"), "2.pdf": a_pdf("2")})
    )
    errors = errors_of(batch)
    assert list(errors) == [2]
    [(found, message)] = errors[2]
    assert found == column
    assert words in message
    assert batch.rows.get(line=3).outcome == "new"


def test_all_errors_of_a_row_are_told_at_once(cast):
    row = ["NADA", "nada", "nada", "", "nada", "nada", "nada.pdf"]
    batch = hand_in(cast, a_zip({"manifesto.csv": a_csv([row]), "x.pdf": a_pdf("x")}))
    assert [column for column, _ in errors_of(batch)[2]] == list(HEADER)


def test_an_inactive_unit_is_an_error(cast):
    cast.unit_a1.is_active = False
    cast.unit_a1.save()
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    assert errors_of(batch)[2][0][0] == "unidade"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (an_encrypted_pdf(), "senha"),
        (a_scripted_pdf(), "scripts"),
        (b"MZ\x90\x00\x03", "aceit"),
        (b"%PDF-1.4 half", "danificado"),
    ],
    ids=["encrypted", "scripted", "program", "broken"],
)
def test_a_file_that_must_not_go_out_is_an_error_of_its_row(cast, content, words):
    data = a_zip({"manifesto.csv": a_csv([a_row(cast.unit_a1.code, 1)]), "1.pdf": content})
    [(column, message)] = errors_of(hand_in(cast, data))[2]
    assert column == "arquivo"
    assert words in message


def test_the_same_document_file_or_content_twice_is_an_error_of_the_later_row(cast):
    code = cast.unit_a1.code
    rows = [
        a_row(code, 1), a_row(code, 1, arquivo="1b.pdf"), a_row(code, 2, arquivo="1.PDF"),
        a_row(code, 3, arquivo="copia.pdf"),
    ]  # fmt: skip
    files = {"1.pdf": a_pdf("1"), "1b.pdf": a_pdf("1b"), "copia.pdf": a_pdf("1")}
    errors = errors_of(hand_in(cast, a_zip({"manifesto.csv": a_csv(rows), **files})))
    assert {line: [c for c, _ in found] for line, found in errors.items()} == {
        3: ["numero"], 4: ["arquivo"], 5: ["arquivo"],
    }  # fmt: skip
    assert "linha 2" in errors[3][0][1]


def test_repeats_are_found_across_chunks(cast, monkeypatch):
    monkeypatch.setattr("invoices.services.batch_checking.CHUNK", 2)
    code = cast.unit_a1.code
    rows = [a_row(code, n) for n in (1, 2, 3)] + [a_row(code, 1, arquivo="4.pdf")]
    files = {f"{n}.pdf": a_pdf(str(n)) for n in (1, 2, 3, 4)}
    errors = errors_of(hand_in(cast, a_zip({"manifesto.csv": a_csv(rows), **files})))
    assert list(errors) == [5]


def test_a_formula_in_a_spreadsheet_is_refused_by_its_cell(cast):
    code = cast.unit_a1.code
    rows = [HEADER, a_row(code, 1, valor="=1+1"), a_row(code, 2)]
    data = a_zip({"manifesto.xlsx": an_xlsx(rows), "1.pdf": a_pdf("1"), "2.pdf": a_pdf("2")})
    errors = errors_of(hand_in(cast, data))
    assert list(errors) == [2]
    assert errors[2] == [("valor", "A célula E2 contém uma fórmula; cole o valor dela.")]


def test_files_that_no_row_names_are_a_warning(cast):
    data = a_zip({
        "manifesto.csv": a_csv([a_row(cast.unit_a1.code, 1)]), "1.pdf": a_pdf("1"),
        "sobra.pdf": a_pdf("sobra"), "__MACOSX/._1.pdf": b"x", ".DS_Store": b"x",
    })  # fmt: skip
    batch = hand_in(cast, data)
    assert batch.status == Batch.Status.CHECKED
    assert (batch.counts["spare"], batch.warnings) == (1, ["sobra.pdf"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (a_zip({"manifesto.csv": b""}), "vazio"),
        (a_zip({"manifesto.csv": a_csv([])}), "nenhuma linha"),
        (a_zip({"manifesto.csv": b"unidade;tipo\nU1;x\n"}), "periodo, numero, arquivo"),
        (a_zip({"1.pdf": a_pdf("1")}), "Não há manifesto"),
        (a_zip({"manifesto.csv": a_csv([]), "manifesto.xlsx": an_xlsx()}), "mais de um manifesto"),
        (a_zip({"../fora.pdf": a_pdf("1"), "manifesto.csv": a_csv([])}), "fora.pdf"),
        (a_zip({"bomba.csv": b"0" * 200 * 1024**2}), "bomba.csv"),
        (a_zip({"dentro.zip": a_zip({"a": b"a"}), "manifesto.csv": a_csv([])}), "dentro.zip"),
        (b"PK\x03\x04 not really a zip", "zip"),
        (hostile.nameless_zip(), "nome de arquivo seguro"),
        (hostile.zip_with_a_wrong_name(), "danificado"),
        (a_zip({"manifesto.xlsx": b"PK\x03\x04junk"}), "danificado"),
    ],
    ids=[
        "empty",
        "no rows",
        "columns",
        "no manifest",
        "two",
        "outside",
        "bomb",
        "nested",
        "junk",
        "no name",
        "wrong name",
        "xlsx",
    ],
)
def test_a_batch_of_no_use_is_refused_with_the_reason_and_leaves_no_file(
    cast, data, words, tmp_path
):
    batch = hand_in(cast, data)
    assert batch.status == Batch.Status.REFUSED
    assert words in batch.problem
    assert not batch.rows.exists()
    assert [e.key for e in Entry.objects.exclude(status="done")] == []


def test_the_same_zip_sent_twice_is_one_batch(cast):
    data = a_batch_zip(cast.unit_a1.code, [1])
    first, new = services.receive(upload(data), None, name="a", by=cast.faturista)
    again, new_again = services.receive(upload(data), None, name="b", by=cast.faturista)
    assert (again, new, new_again) == (first, True, False)


def test_checking_goes_on_where_it_stopped(cast, monkeypatch):
    monkeypatch.setattr("invoices.services.batch_checking.CHUNK", 2)
    monkeypatch.setattr("portal.batches.slices.SLICE_SECONDS", 0)
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, range(1, 8)))
    assert batch.status == Batch.Status.CHECKED
    assert list(batch.rows.values_list("line", flat=True)) == list(range(2, 9))
    assert Entry.objects.filter(name="invoices.check_batch").count() == 5  # 4 chunks and the end


# --- publishing


def test_a_batch_with_an_error_is_not_published_at_all(cast):
    rows = [a_row(cast.unit_a1.code, 1), a_row("NADA", 2)]
    batch = hand_in(
        cast, a_zip({"manifesto.csv": a_csv(rows), "1.pdf": a_pdf("1"), "2.pdf": a_pdf("2")})
    )
    with pytest.raises(IllegalTransition):
        services.publish(batch, by=cast.faturista, at=timezone.now())
    assert not Document.objects.exists()


def test_publishing_makes_signed_documents_and_one_mail_for_each_client(cast, monkeypatch):
    monkeypatch.setattr("invoices.services.batch_publishing.CHUNK", 2)
    rows = [a_row(cast.unit_a1.code, n) for n in (1, 2, 3)]
    rows += [a_row(cast.unit_a2.code, 4), a_row(cast.unit_b1.code, 5)]
    files = {f"{n}.pdf": a_pdf(str(n)) for n in range(1, 6)}
    batch = hand_in(cast, a_zip({"manifesto.csv": a_csv(rows), **files}))
    do(batch, services.publish, cast)
    assert batch.status == Batch.Status.APPLIED
    assert (batch.done, Document.objects.count()) == (5, 5)
    mails = {e.recipient: text_of(e) for e in Entry.objects.filter(kind="mail")}
    assert set(mails) == {cast.ana.email, cast.bruno.email}
    assert mails[cast.ana.email].count("/documentos/") == 3  # not the unit that she may not see
    assert mails[cast.bruno.email].count("/documentos/") == 1
    assert not PendingFile.objects.exists()
    assert not BatchRow.objects.exclude(file_key="").exists()
    assert verify_chain(f"company:{cast.company_a.pk}").broken_at is None


def test_the_store_holds_the_documents_and_nothing_else(
    cast, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2]))
    with django_capture_on_commit_callbacks(execute=True):
        do(batch, services.publish, cast)
    assert files_in(tmp_path / "media") == set(Document.objects.values_list("file_key", flat=True))


def test_the_same_batch_again_changes_nothing(cast):
    data = a_batch_zip(cast.unit_a1.code, [1, 2])
    do(hand_in(cast, data), services.publish, cast)
    Entry.objects.filter(kind="mail").delete()
    before = list(Document.objects.order_by("pk").values())
    again = hand_in(cast, data)
    assert again.counts == {"unchanged": 2, "spare": 0}
    do(again, services.publish, cast)
    assert again.status == Batch.Status.APPLIED
    assert list(Document.objects.order_by("pk").values()) == before
    assert DocumentEvent.objects.count() == 2
    assert not Entry.objects.filter(kind="mail").exists()


def test_other_files_of_the_same_invoices_replace_them(cast):
    do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2])), services.publish, cast)
    second = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2], edition="b"))
    assert second.counts["replaces"] == 2
    do(second, services.publish, cast)
    statuses = Document.objects.order_by("number", "version").values_list(
        "number", "version", "status"
    )
    assert list(statuses) == [
        ("1", 1, "replaced"), ("1", 2, "published"), ("2", 1, "replaced"), ("2", 2, "published"),
    ]  # fmt: skip


def test_an_invoice_published_by_someone_else_after_the_check_is_not_overwritten(
    cast, invoice_type
):
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2]))
    row = batch.rows.get(number="1")
    other, _ = publish_file(
        a_pdf("outra"), file_name="x.pdf", notify=False, unit=cast.unit_a1, type=invoice_type,
        period=date(2026, 3, 1), number="1", amount_cents=1, due_date=None, by=None,
        at=timezone.now(),
    )  # fmt: skip
    do(batch, services.publish, cast)
    assert batch.status == Batch.Status.APPLIED
    row.refresh_from_db()
    assert row.outcome == "error"
    assert "Versão 1" in row.errors[0]["message"] or "versão 1" in row.errors[0]["message"]
    other.refresh_from_db()
    assert other.status == Document.Status.PUBLISHED
    assert Document.objects.filter(number="2").count() == 1
    assert (batch.counts["new"], batch.counts["error"], batch.done) == (1, 1, 2)


def test_two_batches_with_the_same_rows_publish_each_document_once(cast):
    one = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2]))
    data = a_batch_zip(cast.unit_a1.code, [1, 2])
    two = hand_in(cast, a_zip({"x/y.txt": b"other zip"}) and data + b"")  # the same, sent again
    assert two == one
    services.publish(one, by=cast.faturista, at=timezone.now())
    with pytest.raises(IllegalTransition):
        # A second clerk whose page still said "checked".
        services.publish(Batch(pk=one.pk, status="checked"), by=cast.admin, at=timezone.now())
    delivery.sweep()
    assert Document.objects.count() == 2


def test_a_file_that_cannot_be_signed_is_an_error_of_its_row_and_the_others_go_on(
    cast, monkeypatch
):
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2]))
    real = signing.sign_pdf

    def fussy(pdf: bytes, *args, **options):
        if pdf == a_pdf(f"{cast.unit_a1.code}-1-"):
            raise signing.CannotSign("estranho demais")
        return real(pdf, *args, **options)

    monkeypatch.setattr(signed_documents, "sign_pdf", fussy)
    do(batch, services.publish, cast)
    assert batch.status == Batch.Status.APPLIED
    assert errors_of(batch) == {2: [("arquivo", "estranho demais")]}
    assert Document.objects.get().number == "2"


def test_documents_count_as_published_at_the_instant_that_the_batch_says(cast):
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    long_ago = timezone.now() - timedelta(days=400)
    Batch.objects.filter(pk=batch.pk).update(publish_as_of=long_ago)
    batch.refresh_from_db()
    do(batch, services.publish, cast)
    document = Document.objects.get()
    assert document.published_at == long_ago
    assert document.expires_at < timezone.now()
    assert not Entry.objects.filter(kind="mail").exists()  # nobody is invited to what is gone


# --- undoing


def test_undoing_withdraws_what_no_client_has_seen_and_keeps_what_was_seen(cast):
    batch = do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2, 3])), services.publish, cast)
    seen = Document.objects.get(number="2")
    note(seen, DocumentEvent.Kind.OPENED, cast.ana, timezone.now())
    do(batch, batches.undo, cast)
    assert (batch.status, batch.kept) == (Batch.Status.UNDONE, 1)
    assert list(Document.objects.order_by("number").values_list("status", flat=True)) == [
        "withdrawn", "published", "withdrawn",
    ]  # fmt: skip


def test_undoing_brings_the_replaced_version_back(cast):
    do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1])), services.publish, cast)
    second = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1], edition="b"))
    do(do(second, services.publish, cast), batches.undo, cast)
    assert list(Document.objects.order_by("version").values_list("status", flat=True)) == [
        "published", "withdrawn",
    ]  # fmt: skip
    first = Document.objects.get(version=1)
    assert first.events.filter(kind="restored").count() == 1
    assert AuditEvent.objects.filter(action="document.restored").count() == 1


def test_undoing_leaves_alone_what_was_withdrawn_or_replaced_since(cast):
    batch = do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2])), services.publish, cast)
    withdraw(Document.objects.get(number="1"), reason="x", by=None, at=timezone.now())
    do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [2], edition="b")), services.publish, cast)
    do(batch, batches.undo, cast)
    assert (batch.status, batch.kept) == (Batch.Status.UNDONE, 0)
    assert Document.objects.get(number="2", version=2).status == "published"
    assert Document.objects.get(number="2", version=1).status == "replaced"


def test_a_batch_is_undone_once(cast):
    batch = do(hand_in(cast, a_batch_zip(cast.unit_a1.code, [1])), services.publish, cast)
    do(batch, batches.undo, cast)
    with pytest.raises(IllegalTransition):
        batches.undo(batch, by=cast.faturista, at=timezone.now())


def test_discarding_removes_every_file(cast, tmp_path, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1, 2]))
    with django_capture_on_commit_callbacks(execute=True):
        batches.discard(batch, by=cast.faturista, at=timezone.now())
        delivery.sweep()
    assert files_in(tmp_path / "media") == set()
    with pytest.raises(IllegalTransition):
        services.publish(batch, by=cast.faturista, at=timezone.now())


def test_a_batch_forgotten_for_a_month_is_discarded_with_its_files(
    cast, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        old = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    Batch.objects.update(created_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        assert batches.discard_forgotten(Batch.objects.all(), at=timezone.now()) == 1
        delivery.sweep()
    old.refresh_from_db()
    assert old.status == Batch.Status.DISCARDED
    assert files_in(tmp_path / "media") == set()
    assert batches.discard_forgotten(Batch.objects.all(), at=timezone.now()) == 0


def test_a_batch_of_this_month_is_left_alone(cast):
    batch = hand_in(cast, a_batch_zip(cast.unit_a1.code, [1]))
    assert batches.discard_forgotten(Batch.objects.all(), at=timezone.now()) == 0
    batch.refresh_from_db()
    assert batch.status != Batch.Status.DISCARDED
