"""Bank slips as PDF: the payer's receipt and the part that the bank reads.

Fonts and style sheet are loaded once a process: a FontConfiguration for each document leaks memory
and costs more than the layout.
"""

import gc
import logging
import threading
from functools import cache
from typing import Any

import segno
import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from weasyprint.text.fonts import FontConfiguration

from portal.money import format_brl, format_cents
from portal.payments.banks.accounts import PRINTED_BANK, printed_place
from portal.payments.banks.bars import bars_as_path
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.pix import read_br_code
from portal.payments.models import Charge, Payer, Slip
from portal.taxid import format_tax_id

logging.getLogger("weasyprint").setLevel(logging.ERROR)

_QR_BORDER = 4
# Pango's font map is shared: one document at a time in a process.
_lock = threading.Lock()


def render_slip(slip: Slip) -> bytes:
    """The slip as a PDF of one A4 page, in Portuguese; the bars are lines, not a picture."""
    with translation.override("pt-br"):
        html = render_to_string("payments/print/slip.html", slip_context(slip))
    fonts, css, fetcher = _press()
    with _lock:
        collecting = gc.isenabled()
        gc.disable()  # walking over the boxes again and again is a third of the time
        try:
            document = weasyprint.HTML(string=html, url_fetcher=fetcher)
            return bytes(document.write_pdf(font_config=fonts, stylesheets=[css]))
        finally:
            if collecting:
                gc.enable()


def slip_context(slip: Slip) -> dict[str, Any]:
    """What the template prints, ready as text."""
    agreement, payer = slip.agreement, slip.payer
    return {
        "slip": slip,
        "agreement": agreement,
        "cnpj": format_tax_id(agreement.beneficiary_cnpj),
        "bank_code": PRINTED_BANK[agreement.bank],
        "place": printed_place(agreement.bank_account, agency_digit=agreement.agency_digit),
        "due": f"{slip.due_on:%d/%m/%Y}",
        "issued": f"{timezone.localtime(slip.issued_at):%d/%m/%Y}",
        "amount": format_brl(slip.amount_cents),
        "payer_label": "CPF" if len(payer.tax_id) == 11 else "CNPJ",
        "payer_tax_id": format_tax_id(payer.tax_id),
        "payer_lines": _address(payer),
        "where": _where(slip),
        "instructions": _instructions(slip),
        "paid_words": _stands(slip),
        "bars": bars_as_path(slip.barcode),
        **_pix(slip.pix),
    }


def _where(slip: Slip) -> str:
    if slip.last_day > slip.due_on:
        return f"Pagável em qualquer banco, mesmo após o vencimento, até {slip.last_day:%d/%m/%Y}"
    return "Pagável em qualquer banco até o vencimento"


def _instructions(slip: Slip) -> list[str]:
    """Fine and interest in reais and percent, then the agreement's own lines."""
    agreement, lines = slip.agreement, []
    if slip.last_day == slip.due_on:
        lines.append("Não receber após o vencimento.")
    else:
        if agreement.fine:
            cents = slip.amount_cents * agreement.fine // 10_000
            lines.append(
                f"Após o vencimento, multa de {format_cents(agreement.fine)}% ({format_brl(cents)})"
            )
        if agreement.interest:
            # A month has thirty days.
            cents = slip.amount_cents * agreement.interest // 300_000
            percent = format_cents(agreement.interest)
            lines.append(f"e juros de {percent}% ao mês ({format_brl(cents)} por dia de atraso).")
    return [*lines, *agreement.instructions.splitlines()]


def _address(payer: Payer) -> list[str]:
    street = " – ".join(filter(None, (payer.street, payer.complement, payer.district)))
    cep = f"{payer.cep[:5]}-{payer.cep[5:]}" if len(payer.cep) == 8 else payer.cep
    city = " – ".join(filter(None, (payer.city, payer.state, cep and f"CEP {cep}")))
    return [line for line in (street, city) if line]


def _stands(slip: Slip) -> str:
    """Why this slip is not to be paid, if it is not."""
    paid = (Charge.Status.SETTLED, Charge.Status.OVER)
    if slip.status == Slip.Status.PAID or slip.charge.status in paid:
        return "PAGO – não pague de novo."
    words = {
        Slip.Status.REPLACED: "SUBSTITUÍDO – não pague este boleto: há outro em seu lugar.",
        Slip.Status.WITHDRAWN: "BAIXADO – não pague este boleto.",
        Slip.Status.REJECTED: "RECUSADO PELO BANCO – não pague este boleto.",
    }
    return words.get(Slip.Status(slip.status), "")


def _pix(text: str) -> dict[str, Any]:
    """QR code and text of the Pix that the bank returned; nothing for one that was changed."""
    try:
        if text:
            read_br_code(text)
    except SlipDataError:
        text = ""
    if not text:
        return {"pix_text": ""}
    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix
    path = []
    for top, row in enumerate(matrix):
        start = None
        for column, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                width = column - start
                path.append(f"M{start + _QR_BORDER} {top + _QR_BORDER}h{width}v1h-{width}z")
                start = None
    side = len(matrix) + 2 * _QR_BORDER
    return {"pix_text": text, "pix_side": str(side), "pix_path": "".join(path)}


@cache
def _press() -> tuple[FontConfiguration, weasyprint.CSS, weasyprint.URLFetcher]:
    """What all slips share: fonts, style sheet, and a fetcher that fetches nothing from outside."""
    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "Balcao Sans"; font-weight: {weight};'
        f' src: url("{(settings.PRINT_FONTS / name).as_uri()}"); }}'
        for weight, name in ((400, "sans-regular.ttf"), (700, "sans-bold.ttf"))
    )
    sheet = settings.BASE_DIR / "templates" / "payments" / "print" / "slip.css"
    css = weasyprint.CSS(string=faces + sheet.read_text(), font_config=fonts)
    return fonts, css, weasyprint.URLFetcher(allowed_protocols=["data"])
