"""The printed slip: its bars read back as its digits, in the size that FEBRABAN prescribes."""

from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp  # type: ignore[import-not-found, import-untyped, unused-ignore]
from django.utils import timezone

from portal.payments.banks.bars import HEIGHT_MM, WIDTH_MM
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.pix import crc16, read_br_code
from portal.payments.models import Slip
from portal.payments.paper import render_slip
from portal.payments.services.charges import change_payer
from portal.payments.services.slips import issue_slip
from portal.taxid import format_tax_id
from tests.factories.payments import AT_EACH_BANK, make_agreement, make_charge, make_payer

DPI = 300
PIX = (
    "00020101021226810014br.gov.bcb.pix2559pix.example.com/qr/v2/cobv/00000000000040008000000000000"
    "0425204000053039865802BR5915AR EXEMPLO LTDA6014BELO HORIZONTE62070503***63044A75"
)


def _slip(bank: str = "001", **values: Any) -> Slip:
    return issue_slip(make_charge(agreement=make_agreement(bank, **values)), at=timezone.now())


def _read(pdf: bytes) -> tuple[str, Any]:
    """Text and picture of the one page."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return document[0].get_textpage().get_text_range(), document[0].render(scale=DPI / 72).to_pil()


def _codes(picture: Any, kind: Any) -> list[Any]:
    return list(zxingcpp.read_barcodes(picture, formats=kind))


@pytest.mark.django_db
@pytest.mark.parametrize("bank", AT_EACH_BANK)
def test_the_bars_of_each_bank_are_read_back_as_the_same_44_digits(bank: str) -> None:
    slip = _slip(bank)
    text, picture = _read(render_slip(slip))
    [code] = _codes(picture, zxingcpp.BarcodeFormat.ITF)
    assert code.text == slip.barcode
    left, right = code.position.top_left, code.position.top_right
    assert abs((right.x - left.x) / DPI * 25.4 - WIDTH_MM) < 0.6
    assert slip.printed_line in text
    assert slip.line in text.replace("\r\n", "")


@pytest.mark.django_db
def test_the_bars_are_103_by_13_millimetres_with_5_of_quiet() -> None:
    picture = _read(render_slip(_slip()))[1].convert("L")
    [code] = _codes(picture, zxingcpp.BarcodeFormat.ITF)
    middle = (code.position.top_left.y + code.position.bottom_left.y) // 2
    mm = DPI / 25.4
    row = [x for x in range(picture.width) if picture.getpixel((x, middle)) < 128]
    assert abs((row[-1] - row[0] + 1) / mm - WIDTH_MM) < 0.3
    top = bottom = middle
    while picture.getpixel((row[0] + 1, top)) < 128:
        top -= 1
    while picture.getpixel((row[0] + 1, bottom)) < 128:
        bottom += 1
    assert abs((bottom - top - 1) / mm - HEIGHT_MM) < 0.3
    assert row[0] / mm > 14 + 4.9  # the margin of the page, and the quiet zone


@pytest.mark.django_db
def test_a_slip_says_what_the_law_asks_for() -> None:
    slip = _slip("341", fine=200, interest=100, late_days=30, instructions="Dúvidas: 0800")
    text, _picture = _read(render_slip(slip))
    agreement = slip.agreement
    for words in (
        agreement.beneficiary, format_tax_id(agreement.beneficiary_cnpj),
        agreement.beneficiary_address, slip.payer.name, format_tax_id(slip.payer.tax_id),
        slip.number_text, slip.document_number, f"{slip.due_on:%d/%m/%Y}", "150,00", "341-7",
        "1234/56789-7", "multa de 2,00%", "juros de 1,00% ao mês", "R$ 0,05 por dia", "Recibo do pagador",
        "Ficha de compensação", "Código de baixa", "Outras deduções", "Sacador / Avalista",
        "Dúvidas: 0800", "Certificado e-CPF A1", "80010-000",
    ):  # fmt: skip
        assert words.replace("\u00a0", " ") in text.replace("\u00a0", " ")
    assert "HOMOLOGADO" not in text


@pytest.mark.django_db
def test_a_slip_without_a_fine_says_so_in_whole_sentences() -> None:
    own = "Não receber após o vencimento.\n\nDúvidas: 0800"
    text = _read(render_slip(_slip("104", fine=0, late_days=30, instructions=own)))[0]
    assert "Após o vencimento, juros de 1,00% ao mês" in text
    assert "RG" in text
    text = _read(render_slip(_slip("104", instructions=own)))[0]
    assert text.count("Não receber após o vencimento.") == 1


@pytest.mark.django_db
def test_what_the_bank_reads_is_never_cut_by_the_end_of_a_page() -> None:
    payer = make_payer(name="N" * 120, street="R" * 120, complement="C" * 60, district="B" * 60)
    agreement = make_agreement(
        "756", beneficiary="B" * 100, beneficiary_address="A" * 200, late_days=30,
        instructions="\n".join(["i" * 74] * 8), is_approved=False,
    )  # fmt: skip
    slip = issue_slip(make_charge(agreement=agreement, payer=payer), at=timezone.now())
    slip.pix = PIX
    page = list(pypdfium2.PdfDocument(render_slip(slip)))[-1]
    [code] = _codes(page.render(scale=DPI / 72).to_pil(), zxingcpp.BarcodeFormat.ITF)
    assert code.text == slip.barcode
    assert slip.printed_line in page.get_textpage().get_text_range()


@pytest.mark.django_db
def test_what_is_not_to_be_paid_says_so() -> None:
    assert "NÃO HOMOLOGADO" in _read(render_slip(_slip(is_approved=False)))[0]
    old = _slip("341")
    change_payer(old.charge, make_payer(), at=timezone.now())
    old.refresh_from_db()
    assert "SUBSTITUÍDO" in _read(render_slip(old))[0]
    late = _slip("104", late_days=5)
    for day, is_over in ((late.last_day, False), (late.last_day + timedelta(days=1), True)):
        assert ("VENCIDO" in _read(render_slip(late, today=day))[0]) == is_over


@pytest.mark.django_db
def test_a_payers_name_is_text_and_never_markup() -> None:
    payer = make_payer(name="<img src='file:///etc/passwd'>" + "A" * 60, street="B" * 120)
    slip = issue_slip(make_charge(payer=payer), at=timezone.now())
    assert "<img src='file:///etc/passwd'>" in _read(render_slip(slip))[0].replace("\r\n", "")


@pytest.mark.django_db
def test_the_pix_that_the_bank_returned_is_a_qr_code_and_text_to_copy() -> None:
    slip = _slip()
    slip.pix = PIX
    text, picture = _read(render_slip(slip))
    [code] = _codes(picture, zxingcpp.BarcodeFormat.QRCode)
    assert code.text == PIX
    assert PIX.replace(" ", "") in "".join(text.split())
    assert [code.text for code in _codes(picture, zxingcpp.BarcodeFormat.ITF)] == [slip.barcode]
    slip.pix = PIX.replace("EXEMPLO", "EXEMPLA")
    text, picture = _read(render_slip(slip))
    assert "Pix" not in text
    assert _codes(picture, zxingcpp.BarcodeFormat.QRCode) == []


def test_a_br_code_is_read_and_its_check_value_proven() -> None:
    assert f"{crc16(b'123456789'):04X}" == "29B1"
    code = read_br_code(PIX)
    assert (code.name, code.city, code.cents, code.txid) == (
        "AR EXEMPLO LTDA", "BELO HORIZONTE", None, "***",
    )  # fmt: skip
    assert code.location == "pix.example.com/qr/v2/cobv/00000000000040008000000000000042"


@pytest.mark.parametrize(
    "text", ["", PIX[:-1] + "6", PIX.replace("986", "840"), PIX[:40], "6304FFFF", "000201"]
)
def test_what_is_no_pix_is_refused(text: str) -> None:
    with pytest.raises(SlipDataError):
        read_br_code(text)
