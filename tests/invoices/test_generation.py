"""Generated invoices: PDF/A-3b that reads well, breaks well and carries its own data."""

import io
import json
import re
import shutil
import subprocess

import pikepdf
import pytest

from certificates.signatures.signing import Stamp, sign_pdf
from invoices.generation import render_invoice
from invoices.quantities import format_quantity, parse_quantity
from portal.files.checks import check_pdf
from portal.provider.services import current_provider, forget_provider
from tests.factories import make_draft

pytestmark = pytest.mark.django_db
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
STAMP = Stamp("ABCDEFGHJKMNPQRS", "https://balcao.exemplo.com.br/verificar/ABCDEFGHJKMNPQRS/")


@pytest.fixture
def provider(cast):
    cast.provider.address = "Av. Álvares Cabral, 200\nBelo Horizonte/MG"
    cast.provider.phone = "(31) 3247-5816"
    cast.provider.save()
    forget_provider()
    return current_provider()


def text_of(pdf, tmp_path, *options):
    (tmp_path / "f.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", *options, "f.pdf", "-"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


@needs_poppler
def test_the_invoice_says_who_bills_whom_for_what_and_until_when(cast, provider, tmp_path):
    draft = make_draft(cast.unit_a1, number="2026-77", notes="Pagar até o vencimento.")
    text = text_of(render_invoice(draft, provider), tmp_path)
    for expected in (
        provider.name, "Av. Álvares Cabral, 200", "(31) 3247-5816", "Secretaria A", cast.unit_a1.code,
        "2026-77", "10/2026", "20/11/2026", "Serviço 2", "2,5", "10,01", "25,03", "R$ 50,06",
        "Pagar até o vencimento.", "Página 1 de 1",
    ):  # fmt: skip
        assert expected in text.replace("\u00a0", " "), expected


def test_it_is_marked_as_pdf_a_3b_and_keeps_the_mark_when_signed(cast, provider, demo_signer):
    from django.utils import timezone

    from certificates.services import current_signer

    pdf = render_invoice(make_draft(cast.unit_a1), provider)
    signed = sign_pdf(pdf, current_signer(timezone.now()), reason="x", stamp=STAMP)
    for data in (pdf, signed):
        with pikepdf.open(io.BytesIO(data)) as opened:
            with opened.open_metadata() as metadata:
                assert metadata.pdfa_status == "3B"
            assert "/OutputIntents" in opened.Root
            assert not opened.is_encrypted
            for font in fonts_of(opened):
                assert embedded(font), font.get("/BaseFont")


def fonts_of(pdf):
    return [
        obj
        for obj in pdf.objects
        if isinstance(obj, pikepdf.Dictionary)
        and obj.get("/Type") == "/Font"
        and obj.Subtype != "/Type0"
    ]


def embedded(font):
    descriptor = font.get("/FontDescriptor", {})
    return any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_the_stamp_takes_the_strip_that_the_invoice_keeps_free(cast, provider, demo_signer):
    from django.utils import timezone

    from certificates.services import current_signer

    pdf = render_invoice(make_draft(cast.unit_a1, items=80), provider)
    signed = sign_pdf(pdf, current_signer(timezone.now()), reason="x", stamp=STAMP)
    with pikepdf.open(io.BytesIO(pdf)) as before, pikepdf.open(io.BytesIO(signed)) as after:
        assert list(before.pages[-1].MediaBox) == list(after.pages[-1].MediaBox)
        assert "/Annots" in after.pages[-1]
        assert float(after.pages[-1].Annots[0].Rect[3]) <= 57


@needs_poppler
def test_a_long_invoice_repeats_its_header_and_numbers_its_pages(cast, provider, tmp_path):
    pdf = render_invoice(make_draft(cast.unit_a1, items=200), provider)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        count = len(opened.pages)
    assert count > 4
    seen = []
    for page in range(1, count + 1):
        text = text_of(pdf, tmp_path, "-f", str(page), "-l", str(page))
        assert f"Página {page} de {count}" in text
        assert "Descrição" in text
        seen += [int(n) for n in re.findall(r"Serviço (\d+)", text)]
        assert page == count or "R$ 5.006,00" not in text or page == 1
    assert seen == list(range(1, 201)), "no line lost, none doubled"


@needs_poppler
def test_the_total_never_stands_alone_on_a_page(cast, provider, tmp_path):
    for items in range(20, 36):
        pdf = render_invoice(make_draft(cast.unit_a1, items=items), provider)
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            last = str(len(opened.pages))
        assert "Serviço" in text_of(pdf, tmp_path, "-f", last, "-l", last)


def test_the_same_data_give_the_same_bytes(cast, provider):
    draft = make_draft(cast.unit_a1)
    assert render_invoice(draft, provider) == render_invoice(draft, provider)


def test_the_data_travel_inside_for_programs(cast, provider):
    draft = make_draft(cast.unit_a1)
    with pikepdf.open(io.BytesIO(render_invoice(draft, provider))) as pdf:
        [(name, attached)] = pdf.attachments.items()
        data = json.loads(attached.get_file().read_bytes())
        assert attached.relationship == pikepdf.Name.Data
    assert name == "fatura.json"
    assert data["total_cents"] == draft.total_cents
    assert data["client"]["unit"] == cast.unit_a1.code
    assert len(data["items"]) == 2


def test_it_passes_the_portals_own_checks(cast, provider):
    check_pdf(io.BytesIO(render_invoice(make_draft(cast.unit_a1), provider)))


@needs_poppler
def test_a_preview_is_marked_as_a_draft(cast, provider, tmp_path):
    draft = make_draft(cast.unit_a1)
    assert "RASCUNHO ·" in text_of(render_invoice(draft, provider, preview=True), tmp_path)
    assert "RASCUNHO" not in text_of(render_invoice(draft, provider), tmp_path)


@needs_poppler
def test_what_staff_type_is_text_and_fetches_nothing(cast, provider, tmp_path):
    hostile = '<img src="file:///etc/passwd"><b>oi</b> & "aspas"'
    draft = make_draft(cast.unit_a1, notes=hostile)
    draft.items.update(description=hostile[:200])
    assert '<img src="file:///etc/passwd">' in text_of(render_invoice(draft, provider), tmp_path)


def test_the_logo_is_printed(cast):
    from PIL import Image

    output = io.BytesIO()
    Image.new("RGB", (60, 20), "#1f5f8b").save(output, "PNG")
    cast.provider.logo, cast.provider.logo_type = output.getvalue(), "image/png"
    cast.provider.save()
    forget_provider()
    pdf = render_invoice(make_draft(cast.unit_a1), current_provider())
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert any(
            isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image" for o in opened.objects
        )


@pytest.mark.parametrize(
    ("text", "milli"),
    [
        ("1", 1000),
        ("2,5", 2500),
        ("0,001", 1),
        ("1.234,5", 1_234_500),
        ("1.234", 1_234_000),
        ("2.5", 2500),
    ],
)
def test_quantities_are_read_the_brazilian_way(text, milli):
    assert parse_quantity(text) == milli


@pytest.mark.parametrize("text", ["", "0", "-1", "1,2345", "um", "1,2,3", "1e5", "9" * 12, "١"])
def test_what_is_no_quantity_is_refused(text):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("milli", "text"), [(1000, "1"), (2500, "2,5"), (1_234_567, "1.234,567"), (1, "0,001")]
)
def test_quantities_are_written_without_needless_decimals(milli, text):
    assert format_quantity(milli) == text
