"""Verifying a document in public: what became of it, and nothing of what it says."""

import io
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.services import current_signer
from certificates.signatures.signing import sign_detached, sign_pdf
from invoices.models import Document, PurgeRun, Tombstone
from invoices.services.verification import mask_number
from portal.files.pdf_weight import STRANGER
from portal.public_codes import clean_code
from tests.factories import make_document, make_report_type, small_pdf
from tests.invoices.batching import an_encrypted_pdf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]
VERIFY = "/verificar/"


@pytest.fixture
def document(cast):
    """A signed PDF, published."""
    content = sign_pdf(small_pdf(), current_signer(timezone.now()), reason="x")
    document = make_document(
        cast.unit_a1, content=content, number="2026-00077", amount_cents=987_654_321
    )
    document.content_ = content  # type: ignore[attr-defined]
    return document


def a_tombstone(document):
    fields = ("unit", "period", "number", "version", "status", "sha256", "size", "verification_code",
              "signed_by", "signed_at", "signed_by_demo", "published_at", "available_until", "release")  # fmt: skip
    now = timezone.now()
    run = PurgeRun.objects.create(started_at=now, touched_at=now, as_of=now)
    values = {name: getattr(document, name) for name in fields}
    tombstone = Tombstone.objects.create(
        document_pk=document.pk, type_name=document.type.name, kind=document.type.kind,
        removed_at=now, run=run, **values,
    )  # fmt: skip
    Document.objects.filter(pk=document.pk).delete()
    return tombstone


def by_code(code):
    return Client().get(reverse("invoices:verify_code", args=[code]))


def upload(data, name="fatura.pdf", p7s=None):
    files = {"file": SimpleUploadedFile(name, data)}
    if p7s is not None:
        files["signature"] = SimpleUploadedFile(f"{name}.p7s", p7s)
    return Client().post(VERIFY, files).content.decode()


# By code


def test_a_code_says_what_is_signed_by_whom_and_that_it_holds(document, cast):
    page = by_code(document.verification_code).content.decode()
    for expected in ("Autêntico e em vigor", "Fatura de serviços", "10/2026", document.signed_by,
                     document.sha256, cast.provider.name):  # fmt: skip
        assert expected in page


def test_a_stranger_learns_nothing_of_its_content(document, cast):
    for page in (by_code(document.verification_code).content.decode(), upload(document.content_)):
        for secret in ("9.876.543,21", "987654321", cast.company_a.name, cast.unit_a1.code,
                       cast.unit_a1.name + "<", "2026-00077", cast.company_a.tax_id, "20/11/2026"):  # fmt: skip
            assert secret not in page
        assert "•••0077" in page


@pytest.mark.parametrize(
    ("status", "text"),
    [("replaced", "Autêntico, mas substituído"), ("withdrawn", "Retirado pelo emissor")],
)
def test_a_version_that_no_longer_counts_says_so(document, status, text):
    Document.objects.update(status=status)
    assert text in by_code(document.verification_code).content.decode()
    assert text in upload(document.content_)


def test_an_ended_document_is_genuine_and_unavailable_since_its_day(document):
    Document.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for page in (by_code(document.verification_code).content.decode(), upload(document.content_)):
        assert "Autêntico; não está mais disponível" in page
        assert f"{document.available_until:%d/%m/%Y}" in page


def test_a_document_whose_bytes_are_gone_is_still_known_by_code_and_by_file(document):
    a_tombstone(document)
    for page in (by_code(document.verification_code).content.decode(), upload(document.content_)):
        assert "Autêntico; não está mais disponível" in page
        assert "•••0077" in page


def test_what_is_gone_still_says_when_it_was_signed_and_that_it_was_a_demonstration(
    document, settings
):
    signed_at = timezone.now() - timedelta(days=200, hours=5)
    Document.objects.update(signed_at=signed_at, signed_by_demo=True)
    document.refresh_from_db()
    a_tombstone(document)
    settings.DEMO = False  # what counts is the signature, not where the page is shown
    page = by_code(document.verification_code).content.decode()
    assert f"{timezone.localtime(signed_at):%d/%m/%Y %H:%M:%S}" in page
    assert "Assinatura de demonstração" in page


def test_a_real_signature_is_no_demonstration_after_its_end_either(document, settings):
    Document.objects.update(signed_by_demo=False)
    document.refresh_from_db()
    a_tombstone(document)
    settings.DEMO = True
    page = by_code(document.verification_code).content.decode()
    assert "Assinatura de demonstração" not in page


def test_a_tombstone_of_before_does_not_invent_a_date_of_signature(document):
    a_tombstone(document)
    Tombstone.objects.update(signed_at=None, signed_by_demo=None)
    page = by_code(document.verification_code).content.decode()
    assert "Autêntico; não está mais disponível" in page
    assert "Assinado em" not in page


def test_a_withdrawn_document_stays_withdrawn_after_its_end(document):
    Document.objects.update(status="withdrawn")
    document.refresh_from_db()
    a_tombstone(document)
    assert "Retirado pelo emissor" in by_code(document.verification_code).content.decode()


@pytest.mark.parametrize("code", ["AAAABBBBCCCCDDDD", "nada", "A" * 300, "<script>", "%00"])
def test_an_unknown_code_is_a_page_that_says_so(code):
    response = by_code(code)
    assert response.status_code == 404
    assert "Nenhum documento deste portal tem este código" in response.content.decode()
    assert "<script>x" not in response.content.decode()


def test_a_code_is_typed_as_people_type(document):
    code = document.verification_code
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]} "
    response = Client().get(VERIFY, {"codigo": typed})
    assert response["Location"] == reverse("invoices:verify_code", args=[code])
    assert by_code(code.lower())["Location"] == response["Location"]


@pytest.mark.parametrize("typed", ["", "ABC", "ABCD-EFGH-JKMN-PQR0", "O" * 16])
def test_what_is_no_code_is_explained(typed):
    page = Client().get(VERIFY, {"codigo": typed}).content.decode()
    assert "field-error" in page


def test_the_page_carries_a_qr_code_to_print(document):
    assert "data:image/svg+xml" in by_code(document.verification_code).content.decode()


def test_no_cache_keeps_what_a_stranger_saw(document):
    assert "no-store" in by_code(document.verification_code)["Cache-Control"]


# By file


def test_the_file_as_it_was_published_is_recognised(document):
    page = upload(document.content_, "meu nome qualquer.pdf")
    assert "Autêntico e em vigor" in page
    assert "Sem alteração desde a assinatura" in page
    assert "Demonstração, sem valor legal" in page


def test_a_file_changed_after_signing_is_denounced(document):
    page = upload(document.content_ + b"\nmais")
    assert "Este arquivo foi alterado depois de assinado" in page
    assert "Autêntico" not in page


def test_a_file_saved_again_is_denounced(document):
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(document.content_)) as pdf:
        pdf.save(output)
    assert "Este arquivo foi alterado depois de assinado" in upload(output.getvalue())


def test_an_unsigned_stranger_is_unknown():
    assert "Este portal não conhece este arquivo" in upload(small_pdf(text="outro"))


def test_a_stranger_with_our_signature_is_valid_but_not_published():
    pdf = sign_pdf(small_pdf(text="outro"), current_signer(timezone.now()), reason="x")
    assert "A assinatura é válida, mas o documento não foi publicado aqui" in upload(pdf)


def test_the_demonstrations_signature_counts_for_nothing_elsewhere(settings):
    pdf = sign_pdf(small_pdf(text="outro"), current_signer(timezone.now()), reason="x")
    settings.DEMO = False
    page = upload(pdf)
    assert "Assinado por alguém que este portal não pode confirmar" in page
    assert "Certificado de demonstração: não é aceito aqui" in page


def test_a_report_with_its_detached_signature_is_verified(cast):
    data = b"unidade;horas\nU1;8\n"
    make_document(cast.unit_a1, type=make_report_type(), content=data, file_name="ponto.csv")
    p7s = sign_detached(data, current_signer(timezone.now()))
    page = upload(data, "ponto.csv", p7s)
    assert "Autêntico e em vigor" in page
    assert "Sem alteração desde a assinatura" in page
    page = upload(data.replace(b"8", b"9"), "ponto.csv", p7s)
    assert "Este arquivo foi alterado depois de assinado" in page


def test_a_report_is_recognised_without_its_signature_too(cast):
    data = b"unidade;horas\nU1;8\n"
    make_document(cast.unit_a1, type=make_report_type(), content=data, file_name="ponto.csv")
    assert "Autêntico e em vigor" in upload(data, "ponto.csv")


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (b"", "a.pdf", "vazio"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "a.pdf", "não é aceito"),
        (b"%PDF-1.7\nquebrado", "a.pdf", "danificado"),
        (an_encrypted_pdf(), "a.pdf", "protegido por senha"),
    ],
)
def test_a_bad_upload_gets_a_clear_error(data, name, text):
    assert text in upload(data, name)


def test_a_file_that_is_too_large_is_refused():
    assert "field-error" in upload(small_pdf() + b"%" * STRANGER.size)


@pytest.mark.parametrize("p7s", [b"nada", b"0" * 300_000])
def test_a_bad_signature_file_gets_a_clear_error(p7s):
    assert "Este não é um arquivo de assinatura (.p7s)." in upload(b"a;b\n1;2\n", "a.csv", p7s)


def test_nothing_that_is_uploaded_is_kept(document):
    from django.core.files.storage import default_storage

    before = default_storage.listdir("invoices/documents")
    upload(small_pdf(text="outro"))
    assert default_storage.listdir("invoices/documents") == before
    assert Document.objects.count() == 1


def test_who_asks_too_often_waits(document):
    answers = {by_code(document.verification_code).status_code for _ in range(40)}
    assert answers == {200, 429}


def test_codes_and_numbers_are_cleaned_and_masked():
    assert clean_code("abcd-efgh jkmn-pqrs") == "ABCDEFGHJKMNPQRS"
    assert clean_code("ABCDEFGHIJKLMNOP") == ""  # I, L and O are in no code
    assert mask_number("123") == "123"
    assert mask_number("2026-00077") == "•••0077"
