"""Bank slips as PDF: the payer's receipt and the part that the bank reads."""

from datetime import date
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from portal.money import format_brl, format_cents
from portal.payments.banks.accounts import PRINTED_BANK, printed_carteira, printed_place
from portal.payments.banks.bars import bars_as_path
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.pix import read_br_code
from portal.payments.models import Bank, Charge, Payer, Slip
from portal.press import print_html, undisturbed
from portal.taxid import format_tax_id

_CSS = settings.BASE_DIR / "templates" / "payments" / "print" / "slip.css"
_QR_BORDER = 4


def render_slip(slip: Slip, *, today: date | None = None) -> bytes:
    """The slip as PDF on A4, in Portuguese; the bars are lines, not a picture. One that cannot be
    paid ``today`` says so."""
    with translation.override("pt-br"):
        html = render_to_string(
            "payments/print/slip.html", slip_context(slip, today or timezone.localdate())
        )
    with undisturbed():
        return print_html(html, sheet=_CSS, fonts=settings.PRINT_FONTS)


def slip_context(slip: Slip, today: date) -> dict[str, Any]:
    """What the template prints, ready as text."""
    agreement, payer = slip.agreement, slip.payer
    return {
        "slip": slip,
        "agreement": agreement,
        "cnpj": format_tax_id(agreement.beneficiary_cnpj),
        "bank_name": "Caixa" if agreement.bank == Bank.CAIXA else agreement.get_bank_display(),
        "bank_code": PRINTED_BANK[agreement.bank],
        "carteira": printed_carteira(agreement.bank_account),
        "place": printed_place(agreement.bank_account, agency_digit=agreement.agency_digit),
        "due": f"{slip.due_on:%d/%m/%Y}",
        "issued": f"{timezone.localtime(slip.issued_at):%d/%m/%Y}",
        "amount": format_brl(slip.amount_cents),
        "payer_label": "CPF" if len(payer.tax_id) == 11 else "CNPJ",
        "payer_tax_id": format_tax_id(payer.tax_id),
        "payer_lines": _address(payer),
        "where": _where(slip),
        "instructions": _instructions(slip),
        "paid_words": _stands(slip, today),
        "bars": bars_as_path(slip.barcode),
        **_pix(slip.pix),
    }


def _where(slip: Slip) -> str:
    if slip.last_day > slip.due_on:
        return f"Pagável em qualquer banco, mesmo após o vencimento, até {slip.last_day:%d/%m/%Y}"
    return "Pagável em qualquer banco até o vencimento"


def _instructions(slip: Slip) -> list[str]:
    """Fine and interest in reais and percent, then the agreement's own lines, none twice."""
    if slip.last_day == slip.due_on:
        lines = ["Não receber após o vencimento."]
    else:
        terms = []
        if slip.fine:
            cents = slip.amount_cents * slip.fine // 10_000
            terms.append(f"multa de {format_cents(slip.fine)}% ({format_brl(cents)})")
        if slip.interest:
            # A month has thirty days.
            cents = slip.amount_cents * slip.interest // 300_000
            percent = format_cents(slip.interest)
            terms.append(f"juros de {percent}% ao mês ({format_brl(cents)} por dia de atraso)")
        lines = [f"Após o vencimento, {' e '.join(terms)}."] if terms else []
        lines.append(f"Não receber após {slip.last_day:%d/%m/%Y}.")
    own = (line.strip() for line in slip.printed_instructions.splitlines())
    return [*lines, *(line for line in own if line and line not in lines)]


def _address(payer: Payer) -> list[str]:
    street = " – ".join(filter(None, (payer.street, payer.complement, payer.district)))
    cep = f"{payer.cep[:5]}-{payer.cep[5:]}" if len(payer.cep) == 8 else payer.cep
    city = " – ".join(filter(None, (payer.city, payer.state, cep and f"CEP {cep}")))
    return [line for line in (street, city) if line]


def _stands(slip: Slip, today: date) -> str:
    """Why this slip is not to be paid, if it is not."""
    paid = (Charge.Status.SETTLED, Charge.Status.OVER)
    if slip.status == Slip.Status.PAID or slip.charge.status in paid:
        return "PAGO – não pague de novo."
    words = {
        Slip.Status.REPLACED: "SUBSTITUÍDO – não pague este boleto: há outro em seu lugar.",
        Slip.Status.WITHDRAWN: "BAIXADO – não pague este boleto.",
        Slip.Status.REJECTED: "RECUSADO PELO BANCO – não pague este boleto.",
    }
    if slip.is_open and today > slip.last_day:
        return "VENCIDO – os bancos não aceitam mais este boleto: peça a segunda via."
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
