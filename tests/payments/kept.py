"""What an erasure leaves in columns of text about payments, and why. See ``tests/portal/kept.py``."""

KEPT = {
    "the payer of a slip, which the law has the provider keep with its books (said on the page)": [
        "payments.Payer.cep",
        "payments.Payer.city",
        "payments.Payer.complement",
        "payments.Payer.district",
        "payments.Payer.email",
        "payments.Payer.name",
        "payments.Payer.street",
        "payments.Payer.tax_id",
    ],
    "made by the portal or by banks: numbers, codes, lines, and what a bank said in its own words": [
        "payments.ChargeEvent.kind",
        "payments.Charge.about",
        "payments.Slip.bank_said",
        "payments.Slip.barcode",
        "payments.Slip.document_number",
        "payments.Slip.line",
        "payments.Slip.number_text",
        "payments.Slip.pix",
    ],
    "what was sold and how it was paid, as the provider's books keep it": [
        "payments.Charge.description",
        "payments.ChargeEvent.note",
    ],
    "the provider's own agreements with its banks, which it changes itself": [
        "payments.Agreement.account",
        "payments.Agreement.account_digit",
        "payments.Agreement.agency",
        "payments.Agreement.agency_digit",
        "payments.Agreement.beneficiary",
        "payments.Agreement.beneficiary_address",
        "payments.Agreement.beneficiary_cnpj",
        "payments.Agreement.carteira",
        "payments.Agreement.code",
        "payments.Agreement.instructions",
        "payments.Agreement.name",
        "payments.Agreement.series",
        "payments.Agreement.variation",
        "payments.Slip.printed_instructions",
    ],
}
