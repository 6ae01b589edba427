"""Drafts: entered by hand or imported, looked at, published once, discarded."""

import re
from datetime import date

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from certificates.signatures.verification import verify_pdf
from invoices.generation import render_invoice
from invoices.models import Document, InvoiceDraft
from invoices.services import drafts
from portal.audit.models import AuditEvent
from portal.files.models import PendingFile
from portal.files.services import open_file
from portal.outbox.models import Entry
from tests.factories import make_draft
from tests.invoices.batching import a_csv, an_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("invoice_type")]
HEADER = (
    "unidade", "tipo", "periodo", "numero", "vencimento", "descricao", "quantidade", "preco", "observacoes",
)  # fmt: skip


@pytest.fixture
def staff(cast, client_of):
    return client_of(cast.faturista)


@pytest.fixture
def filled(cast, invoice_type):
    return {
        "unit": cast.unit_a1.code, "type": invoice_type.pk, "period": "10/2026", "number": "77",
        "due_date": "2026-11-20", "notes": "",
        "items-TOTAL_FORMS": "3", "items-INITIAL_FORMS": "0",
        "items-0-description": "Limpeza", "items-0-quantity": "1,5", "items-0-price": "1.000,00",
        "items-1-description": "Desconto", "items-1-quantity": "", "items-1-price": "-0,50",
        "items-2-description": "", "items-2-quantity": "", "items-2-price": "",
    }  # fmt: skip


def revision_in(page: str) -> str:
    """Which state of the draft the form on this page was made from."""
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


# By hand


def test_an_invoice_entered_by_hand_becomes_a_draft(staff, filled, cast):
    response = staff.post(reverse("invoices:draft_new"), filled)
    draft = InvoiceDraft.objects.get()
    assert response.url == reverse("invoices:draft", args=[draft.pk])
    assert (draft.unit, draft.number, draft.period) == (cast.unit_a1, "77", date(2026, 10, 1))
    lines = [(i.description, i.quantity_milli, i.price_cents) for i in draft.items.all()]
    assert lines == [("Limpeza", 1500, 100_000), ("Desconto", 1000, -50)]
    assert draft.total_cents == 149_950
    assert draft.created_by == cast.faturista


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("unit", "NADA", "Nada encontrado com este texto."),
        ("period", "13/2026", "mm/aaaa"),
        ("number", "", "obrigatório"),
        ("due_date", "ontem", "dd/mm/aaaa"),
        ("type", "999999", "escolha"),
        ("items-0-quantity", "muito", "Digite uma quantidade como 1 ou 2,5."),
        ("items-0-price", "mil", "Digite um valor"),
        ("items-0-price", "", "obrigatório"),
        ("items-0-description", "x" * 201, "200 caracteres"),
        ("items-0-description", "", "obrigatório"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(staff, filled, field, value, text):
    response = staff.post(reverse("invoices:draft_new"), {**filled, field: value})
    page = response.content.decode()
    assert response.status_code == 200
    assert text in page
    assert "Desconto" in page
    assert not InvoiceDraft.objects.exists()


def test_an_invoice_without_lines_is_refused(staff, filled):
    empty = {k: v for k, v in filled.items() if not k[6:7].isdigit()}
    page = staff.post(reverse("invoices:draft_new"), empty).content.decode()
    assert "Preencha pelo menos uma linha." in page


@pytest.mark.parametrize("total", ["", "x", "-1", "999999999"])
def test_a_tampered_line_count_is_an_answer_and_no_crash(staff, filled, total):
    sent = {**filled, "items-TOTAL_FORMS": total}
    assert staff.post(reverse("invoices:draft_new"), sent).status_code == 200
    assert staff.post(reverse("invoices:draft_new"), {**sent, "more": "1"}).status_code == 200


def test_more_lines_come_without_javascript_and_nothing_is_lost_or_judged(staff, filled):
    sent = {**filled, "number": "", "items-0-price": "mil", "more": "1"}
    page = staff.post(reverse("invoices:draft_new"), sent).content.decode()
    assert 'name="items-7-description"' in page
    assert 'value="mil"' in page
    assert 'value="Limpeza"' in page
    assert "obrigatório" not in page
    assert not InvoiceDraft.objects.exists()


def test_a_second_draft_of_the_same_invoice_is_refused(staff, filled):
    staff.post(reverse("invoices:draft_new"), filled)
    page = staff.post(reverse("invoices:draft_new"), filled).content.decode()
    assert "Já existe um rascunho desta fatura." in page
    assert InvoiceDraft.objects.count() == 1


def test_an_inactive_unit_is_refused(staff, filled, cast):
    cast.unit_a1.is_active = False
    cast.unit_a1.save()
    page = staff.post(reverse("invoices:draft_new"), filled).content.decode()
    assert "Nada encontrado com este texto." in page


def test_a_draft_is_changed_and_an_emptied_line_goes(staff, filled):
    staff.post(reverse("invoices:draft_new"), filled)
    draft = InvoiceDraft.objects.get()
    url = reverse("invoices:draft_edit", args=[draft.pk])
    assert 'value="Limpeza"' in staff.get(url).content.decode()
    changed = {**filled, "number": "78", "items-INITIAL_FORMS": "2"}
    for name in ("description", "quantity", "price"):
        changed[f"items-1-{name}"] = ""
    staff.post(url, changed)
    draft.refresh_from_db()
    assert draft.number == "78"
    assert [i.description for i in draft.items.all()] == ["Limpeza"]


def test_two_clerks_change_one_draft_and_the_second_is_told_before_the_first_is_replaced(
    staff, filled, cast, client_of
):
    staff.post(reverse("invoices:draft_new"), filled)
    draft = InvoiceDraft.objects.get()
    url = reverse("invoices:draft_edit", args=[draft.pk])
    read = {**filled, "items-INITIAL_FORMS": "2", "revision": str(draft.revision)}
    client_of(cast.admin).post(url, {**read, "notes": "da administração"})
    page = staff.post(url, {**read, "notes": "do faturista"}).content.decode()
    assert "Outra pessoa alterou este rascunho" in page
    assert "do faturista" in page
    draft.refresh_from_db()
    assert draft.notes == "da administração"
    again = revision_in(page)
    staff.post(url, {**read, "notes": "do faturista", "revision": again})
    draft.refresh_from_db()
    assert draft.notes == "do faturista"


# Looking and publishing


def test_a_draft_that_changed_since_it_was_looked_at_is_not_published(staff, cast):
    draft = make_draft(cast.unit_a1)
    url = reverse("invoices:draft_publish", args=[draft.pk])
    read = revision_in(staff.get(url).content.decode())
    InvoiceDraft.objects.update(revision=draft.revision + 1)
    page = staff.post(url, {"revision": read}, follow=True).content.decode()
    assert "alterado, publicado ou descartado nesse meio-tempo" in page
    assert not Document.objects.exists()


def test_the_preview_is_a_pdf_that_is_not_signed(staff, cast):
    draft = make_draft(cast.unit_a1)
    response = staff.get(reverse("invoices:draft_pdf", args=[draft.pk]))
    assert response["Content-Type"] == "application/pdf"
    assert verify_pdf(response.content) == []


@pytest.mark.usefixtures("demo_signer")
def test_publishing_signs_stores_and_tells_the_clients(staff, cast):
    draft = make_draft(cast.unit_a1)
    url = reverse("invoices:draft_publish", args=[draft.pk])
    assert "Publicar esta fatura?" in staff.get(url).content.decode()
    assert not Document.objects.exists()
    response = staff.post(url)
    document = Document.objects.get()
    draft.refresh_from_db()
    assert response.url == document.get_absolute_url()
    assert (draft.status, draft.document) == ("published", document)
    assert (document.amount_cents, document.due_date) == (5006, draft.due_date)
    assert document.published_by == cast.faturista
    with open_file(document.file_key) as file:
        [report] = verify_pdf(file.read())
    assert report.is_good
    assert Entry.objects.filter(kind="mail").count() == 1
    assert AuditEvent.objects.filter(action="draft.published").exists()


@pytest.mark.usefixtures("demo_signer")
def test_a_draft_is_published_once_however_often_it_is_asked(staff, cast):
    draft = make_draft(cast.unit_a1)
    url = reverse("invoices:draft_publish", args=[draft.pk])
    staff.post(url)
    response = staff.post(url, follow=True)
    assert "publicado ou descartado" in response.content.decode()
    assert Document.objects.count() == 1


@pytest.mark.both
@pytest.mark.usefixtures("demo_signer")
def test_what_is_saved_while_a_draft_is_being_published_is_not_lost(staff, cast, monkeypatch):
    draft = make_draft(cast.unit_a1)
    values = {name: getattr(draft, name) for name in drafts.FIELDS}
    url = reverse("invoices:draft_publish", args=[draft.pk])

    def changed_meanwhile(read, *rest, **options):
        monkeypatch.undo()
        pdf = render_invoice(read, *rest, **options)
        item = drafts.Item("Portaria", 1000, 900)
        drafts.save_draft(values, [item], by=cast.faturista, draft=InvoiceDraft.objects.get())
        return pdf

    monkeypatch.setattr(drafts, "render_invoice", changed_meanwhile)
    page = staff.post(url, follow=True).content.decode()
    assert "alterado, publicado ou descartado nesse meio-tempo" in page
    assert "Portaria" in page
    assert not Document.objects.exists()
    assert not default_storage.exists(PendingFile.objects.get().key)
    staff.post(url)
    assert Document.objects.get().amount_cents == 900


def test_without_a_certificate_nothing_is_half_published(staff, cast, settings):
    settings.DEMO = False
    draft = make_draft(cast.unit_a1)
    response = staff.post(reverse("invoices:draft_publish", args=[draft.pk]), follow=True)
    assert "Não há certificado de assinatura configurado" in response.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert not Document.objects.exists()
    assert not PendingFile.objects.exists()


@pytest.mark.usefixtures("demo_signer")
def test_a_time_stamp_authority_that_is_down_can_be_tried_again(staff, cast, settings):
    draft = make_draft(cast.unit_a1)
    url = reverse("invoices:draft_publish", args=[draft.pk])
    settings.TSA_URL = "http://127.0.0.1:9/"
    assert "carimbo do tempo" in staff.post(url, follow=True).content.decode()
    assert not Document.objects.exists()
    assert not PendingFile.objects.exists()
    settings.TSA_URL = ""
    staff.post(url)
    assert Document.objects.count() == 1


@pytest.mark.usefixtures("demo_signer")
def test_a_negative_total_is_not_published(staff, cast):
    draft = make_draft(cast.unit_a1)
    draft.items.update(price_cents=-1)
    response = staff.post(reverse("invoices:draft_publish", args=[draft.pk]), follow=True)
    assert "não pode ser negativo" in response.content.decode()
    assert not Document.objects.exists()


@pytest.mark.usefixtures("demo_signer")
def test_staff_are_told_when_a_version_would_be_replaced(staff, cast):
    first = make_draft(cast.unit_a1, number="9")
    staff.post(reverse("invoices:draft_publish", args=[first.pk]))
    second = make_draft(cast.unit_a1, number="9", items=3)
    url = reverse("invoices:draft_publish", args=[second.pk])
    assert "a nova versão substitui a anterior" in staff.get(url).content.decode()
    staff.post(url)
    assert sorted(Document.objects.values_list("version", "status")) == [
        (1, "replaced"),
        (2, "published"),
    ]


def test_a_discarded_draft_stays_readable_and_makes_room(staff, cast, filled):
    draft = make_draft(cast.unit_a1, number="77")
    staff.post(reverse("invoices:draft_discard", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.status == "discarded"
    assert staff.get(reverse("invoices:draft", args=[draft.pk])).status_code == 200
    assert staff.get(reverse("invoices:draft_edit", args=[draft.pk])).status_code == 302
    staff.post(reverse("invoices:draft_new"), filled)
    assert InvoiceDraft.objects.filter(status="draft").count() == 1


# Lists and access


def test_the_list_shows_drafts_by_state_and_number(staff, cast):
    waiting, gone = (
        make_draft(unit, number=number)
        for unit, number in ((cast.unit_a1, "A1-ESPERA"), (cast.unit_b1, "B2-DESCARTADO"))
    )
    InvoiceDraft.objects.filter(pk=gone.pk).update(status="discarded")
    page = staff.get(reverse("invoices:drafts")).content.decode()
    assert waiting.number in page
    assert gone.number not in page
    page = staff.get(
        reverse("invoices:drafts"), {"status": "discarded", "q": "b2"}
    ).content.decode()
    assert gone.number in page


@pytest.mark.parametrize("count", [1, 25])
def test_the_list_costs_the_same_with_few_and_many(
    staff, cast, count, django_assert_max_num_queries
):
    for _ in range(count):
        make_draft(cast.unit_a1)
    staff.get(reverse("invoices:drafts"))
    with django_assert_max_num_queries(8):
        staff.get(reverse("invoices:drafts"))


@pytest.mark.parametrize("who", ["ana", "carla", "atendente", "agente"])
@pytest.mark.parametrize(
    "name",
    [
        "drafts",
        "draft_new",
        "draft_import",
        "draft",
        "draft_edit",
        "draft_pdf",
        "draft_publish",
        "draft_discard",
    ],
)
def test_only_who_may_publish_gets_in(cast, client_of, who, name):
    draft = make_draft(cast.unit_a1)
    arguments = (
        [draft.pk]
        if name.startswith("draft_") and name not in ("draft_new", "draft_import")
        else []
    )
    arguments = [draft.pk] if name == "draft" else arguments
    client = client_of(getattr(cast, who))
    for method in (client.get, client.post):
        assert method(reverse(f"invoices:{name}", args=arguments)).status_code == 403
    draft.refresh_from_db()
    assert draft.status == "draft"


# Import


def a_row(cast, **changes):
    values = {
        "unidade": cast.unit_a1.code, "tipo": "fatura-servicos", "periodo": "10/2026", "numero": "1",
        "vencimento": "20/11/2026", "descricao": "Limpeza", "quantidade": "1", "preco": "10,00",
        "observacoes": "",
    }  # fmt: skip
    return [{**values, **changes}[name] for name in HEADER]


def send(client, data, name="faturas.csv"):
    return client.post(
        reverse("invoices:draft_import"), {"file": SimpleUploadedFile(name, data)}, follow=True
    ).content.decode()


def test_rows_of_one_invoice_become_one_draft(staff, cast):
    rows = [
        a_row(cast), a_row(cast, descricao="Portaria", quantidade="7,5", preco="1.048,90"),
        a_row(cast, numero="2"), a_row(cast, unidade=cast.unit_b1.code),
    ]  # fmt: skip
    page = send(staff, a_csv(rows, header=HEADER))
    assert "3 rascunhos foram importados." in page
    draft = InvoiceDraft.objects.get(unit=cast.unit_a1, number="1")
    lines = [(i.description, i.quantity_milli, i.price_cents) for i in draft.items.all()]
    assert lines == [("Limpeza", 1000, 1000), ("Portaria", 7500, 104_890)]
    assert (draft.due_date, draft.created_by) == (date(2026, 11, 20), cast.faturista)


def test_an_xlsx_with_real_numbers_and_dates_is_read_exactly(staff, cast):
    row = a_row(cast, vencimento=date(2026, 11, 20), quantidade=1.25, preco=1048.9, numero=12)
    send(staff, an_xlsx([HEADER, row]), "faturas.xlsx")
    item = InvoiceDraft.objects.get(number="12").items.get()
    assert (item.quantity_milli, item.price_cents) == (1250, 104_890)


def test_a_quantity_with_three_decimals_is_not_taken_for_thousands(staff, cast):
    send(staff, an_xlsx([HEADER, a_row(cast, quantidade=1.234)]), "faturas.xlsx")
    assert InvoiceDraft.objects.get().items.get().quantity_milli == 1234


@pytest.mark.parametrize(
    ("changes", "column", "text"),
    [
        ({"unidade": "NADA"}, "unidade", "Não há unidade com este código."),
        ({"tipo": "relatorio-ponto"}, "tipo", "Tipo desconhecido"),
        ({"periodo": "2026"}, "periodo", "mm/aaaa"),
        ({"numero": "9" * 41}, "numero", "1 a 40"),
        ({"vencimento": "31/02/2026"}, "vencimento", "dd/mm/aaaa"),
        ({"descricao": ""}, "descricao", "1 a 200"),
        ({"quantidade": "0"}, "quantidade", "zero"),
        ({"preco": "dez"}, "preco", "valor"),
    ],
)
def test_an_error_in_any_row_imports_nothing_and_says_where(staff, cast, changes, column, text):
    rows = [a_row(cast), a_row(cast, **{"numero": "2", **changes})]
    page = send(staff, a_csv(rows, header=HEADER))
    assert "Nada foi importado" in page
    assert "Linha 3" in page
    assert column in page
    assert text in page
    assert not InvoiceDraft.objects.exists()


def test_a_formula_is_refused_with_its_cell(staff, cast):
    page = send(staff, an_xlsx([HEADER, a_row(cast, preco="=10*2")]), "faturas.xlsx")
    assert "H2" in page
    assert "fórmula" in page
    assert not InvoiceDraft.objects.exists()


def test_rows_of_one_invoice_must_agree_on_the_due_date(staff, cast):
    page = send(staff, a_csv([a_row(cast), a_row(cast, vencimento="21/11/2026")], header=HEADER))
    assert "A linha 2 da mesma fatura tem outro vencimento." in page


def test_a_draft_that_waits_is_not_overwritten(staff, cast):
    rows = a_csv([a_row(cast)], header=HEADER)
    send(staff, rows)
    assert "Já existe um rascunho desta fatura." in send(staff, rows)
    assert InvoiceDraft.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.csv"), (b"unidade;tipo\n1;2\n", "a.csv"), (b"%PDF-1.7\n", "a.csv"),
        (b"PK\x03\x04nada", "a.xlsx"), (";".join(HEADER).encode() + b"\n", "a.csv"),
    ],
)  # fmt: skip
def test_what_is_no_such_spreadsheet_is_refused_with_a_reason(staff, data, name):
    page = send(staff, data, name)
    assert "field-error" in page
    assert not InvoiceDraft.objects.exists()


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_the_template_can_be_imported_as_it_is(staff, cast, extension):
    response = staff.get(reverse("invoices:draft_template", args=[extension]))
    cast.unit_a1.code = "U0001"
    cast.unit_a1.save()
    assert "1 rascunho foi importado." in send(staff, response.content, f"modelo.{extension}")
    assert InvoiceDraft.objects.get().items.count() == 2


def test_there_is_no_template_of_another_kind(staff):
    assert staff.get(reverse("invoices:draft_template", args=["exe"])).status_code == 404


def test_the_admin_lists_drafts_and_links_to_their_page(cast, client_of):
    draft = make_draft(cast.unit_a1)
    admin = client_of(cast.admin)
    url = reverse("admin:invoices_invoicedraft_changelist")
    assert reverse("invoices:draft", args=[draft.pk]) in admin.get(url).content.decode()
    assert admin.get(url, {"q": draft.number[:3]}).status_code == 200
    change = reverse("admin:invoices_invoicedraft_change", args=[draft.pk])
    assert "Serviço 1" in admin.get(change).content.decode()
    assert admin.get(reverse("admin:invoices_invoicedraft_add")).status_code == 403
