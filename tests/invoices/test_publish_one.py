"""Publishing and withdrawing one document by its pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from invoices.models import Document
from portal.public_codes import group_code
from tests.invoices.batching import (
    a_pdf,
    an_encrypted_pdf,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_signer", "invoice_type", "report_type"),
]


def form_of(cast, **changes):
    return {
        "unit": cast.unit_a1.code, "type": changes.pop("type_pk", None), "period": "03/2026",
        "number": "55", "amount": "1.234,56", "due_date": "10/04/2026",
        "file": SimpleUploadedFile("f.pdf", a_pdf("cinquenta")), **changes,
    }  # fmt: skip


def test_one_document_is_looked_over_before_it_is_published(cast, page, invoice_type):
    url = reverse("invoices:publish_one")
    preview = page.client.post(url, form_of(cast, type_pk=invoice_type.pk))
    assert preview.status_code == 302
    shown = page.client.get(preview.url).content.decode()
    assert "R$\u00a01.234,56" in shown
    assert not Document.objects.exists()
    done = page.client.post(preview.url)
    document = Document.objects.get()
    assert done.url == reverse("invoices:published", args=[document.pk])
    assert group_code(document.verification_code) in page.client.get(done.url).content.decode()
    assert page.client.post(preview.url).url == done.url  # a second click
    assert Document.objects.count() == 1


def test_the_preview_says_what_would_be_replaced_and_what_is_unchanged(cast, page, invoice_type):
    url = reverse("invoices:publish_one")
    first = page.client.post(url, form_of(cast, type_pk=invoice_type.pk))
    page.client.post(first.url)
    same = page.client.post(url, form_of(cast, type_pk=invoice_type.pk))
    assert "já está publicado" in page.client.get(same.url).content.decode()
    other = SimpleUploadedFile("f.pdf", a_pdf("outro"))
    new = page.client.post(url, form_of(cast, type_pk=invoice_type.pk, file=other))
    assert "versão 1" in page.client.get(new.url).content.decode()


def test_a_preview_is_of_no_use_to_another_clerk_or_when_tampered_with(
    cast, page, client_of, invoice_type
):
    url = reverse("invoices:publish_one")
    preview = page.client.post(url, form_of(cast, type_pk=invoice_type.pk)).url
    assert client_of(cast.admin).post(preview).url == url
    assert page.client.post(preview[:-3] + "xyz").url == url
    assert not Document.objects.exists()


def test_a_preview_overtaken_by_another_publication_publishes_nothing(cast, page, invoice_type):
    url = reverse("invoices:publish_one")
    slow = page.client.post(url, form_of(cast, type_pk=invoice_type.pk)).url
    other = SimpleUploadedFile("f.pdf", a_pdf("rapido"))
    page.client.post(page.client.post(url, form_of(cast, type_pk=invoice_type.pk, file=other)).url)
    assert page.client.post(slow).url == url
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit": "NADA"}, "unit"),
        ({"period": "2026"}, "period"),
        ({"amount": "doze"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"due_date": "31/02/2026"}, "due_date"),
        ({"file": SimpleUploadedFile("f.pdf", an_encrypted_pdf())}, "file"),
        ({"file": SimpleUploadedFile("f.exe", b"MZ\x90\x00")}, "file"),
    ],
    ids=["unit", "period", "amount", "no amount", "day", "encrypted", "type"],
)
def test_a_wrong_field_is_told_beside_it(cast, page, invoice_type, changes, field):
    response = page.client.post(
        reverse("invoices:publish_one"), form_of(cast, type_pk=invoice_type.pk, **changes)
    )
    assert response.status_code == 200
    assert f'id="id_{field}_error"' in response.content.decode()


def test_withdrawing_by_the_page_needs_a_reason(cast, page, invoice_type):
    page.client.post(
        page.client.post(
            reverse("invoices:publish_one"), form_of(cast, type_pk=invoice_type.pk)
        ).url
    )
    document = Document.objects.get()
    url = reverse("invoices:withdraw", args=[document.pk])
    assert page.client.post(url, {"reason": ""}).status_code == 200
    document.refresh_from_db()
    assert document.status == "published"
    assert page.client.post(url, {"reason": "Valor errado"}).status_code == 302
    document.refresh_from_db()
    assert document.status == "withdrawn"
    again = page.client.get(url, follow=True).content.decode()
    assert "não é mais a versão publicada" in again
