"""Agreements with banks, payers and charges for tests."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from portal.payments.models import Agreement, Charge, Payer
from portal.payments.services.charges import raise_charge
from tests.factories.numbers import a_cnpj, a_cpf, next_number

AT_EACH_BANK: dict[str, dict[str, Any]] = {
    "001": {"agency": "1234", "account": "56789", "code": "1234567", "carteira": "17"},
    "033": {"agency": "1234", "account": "567890", "code": "1234567", "carteira": "101"},
    "104": {"agency": "1234", "account": "56789", "code": "123456", "carteira": "1"},
    "237": {"agency": "1234", "account": "56789", "account_digit": "0", "carteira": "09"},
    "341": {"agency": "1234", "account": "56789", "account_digit": "7", "carteira": "109"},
    "748": {"agency": "1234", "account": "56789", "code": "12345", "carteira": "1",
            "variation": "02"},
    "756": {"agency": "1234", "account": "56789", "code": "12345", "carteira": "1",
            "variation": "01"},
}  # fmt: skip


def make_agreement(bank: str = "001", **values: Any) -> Agreement:
    """An approved agreement with this bank; a second one has a series of numbers of its own."""
    defaults: dict[str, Any] = {
        "name": f"Cobrança {next_number()}", "bank": bank, "beneficiary": "AR Exemplo Ltda",
        "beneficiary_cnpj": a_cnpj(), "beneficiary_address": "Rua das Flores, 10, Belo Horizonte",
        "is_approved": True, **AT_EACH_BANK[bank],
    }  # fmt: skip
    made = Agreement(**(defaults | values))
    name = "account" if bank in ("237", "341") else "code"
    while name not in values and Agreement.objects.filter(series=made.new_series()).exists():
        setattr(made, name, str(int(getattr(made, name)) + 1))
        made.account_digit = ""
    made.save()
    return made


def make_payer(**values: Any) -> Payer:
    defaults: dict[str, Any] = {
        "name": "Carlos Dias", "tax_id": a_cpf(), "email": "carlos@exemplo.com.br",
        "street": "Rua A, 1", "district": "Centro", "city": "Curitiba", "state": "PR",
        "cep": "80010000",
    }  # fmt: skip
    return Payer.objects.create(**(defaults | values))


def make_charge(
    *,
    about: str = "",
    cents: int = 15_000,
    due_on: date | None = None,
    agreement: Agreement | None = None,
    payer: Payer | None = None,
    at: datetime | None = None,
) -> Charge:
    """A charge that is open, due in three days; under an agreement of its own if none is given."""
    at = at or timezone.now()
    return raise_charge(
        about or f"sixth.thing:{next_number()}",
        description="Certificado e-CPF A1",
        amount_cents=cents,
        due_on=due_on or timezone.localtime(at).date() + timedelta(days=3),
        payer=payer or make_payer(),
        agreement=agreement or make_agreement(),
        at=at,
    )
