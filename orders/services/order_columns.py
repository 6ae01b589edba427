"""The columns of a spreadsheet of orders, and what each of its cells means."""

import re
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import CustomerType, Order
from orders.services.numbers import FIRST
from portal.sheets import parsers
from portal.sheets.columns import Column, key_of

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")


def _choice(choices: Any) -> Callable[[str], str]:
    """One of the choices by its label, whatever its case, accents and punctuation."""

    def parse(cell: str) -> str:
        by_key = {key_of(str(label)): value for value, label in choices}
        if (value := by_key.get(key_of(cell))) is None:
            known = ", ".join(str(label) for _value, label in choices)
            raise ValidationError(_("Unknown; possible are: %(known)s.") % {"known": known})
        return str(value)

    return parse


def instant(cell: str) -> datetime:
    """A day, with or without the time: ``12/01/2012 08:31``."""
    day, _blank, rest = cell.strip().partition(" ")
    found = _TIME.fullmatch(rest.strip()) if rest else None
    if rest and (not found or int(found[1]) > 23 or int(found[2]) > 59):
        raise ValidationError(_("Write it as 12/01/2012 08:31."))
    clock = time(int(found[1]), int(found[2])) if found else time(0)
    return timezone.make_aware(datetime.combine(parsers.day()(day), clock))


# Those that wait for a payment have a charge here: of an older system they come as incomplete.
_WITH_CHARGE = (Order.Status.AWAITING_PAYMENT, Order.Status.PAYMENT_REVIEW)
STATES = [(value, label) for value, label in Order.Status.choices if value not in _WITH_CHARGE]

COLUMNS = (
    Column("numero", parse=parsers.integer(1, FIRST - 1)),
    Column("solicitado_em", required=True, parse=instant, width=18),
    Column("produto", required=True, parse=parsers.text(80, minimum=1), width=34),
    Column("tipo_cliente", parse=_choice(CustomerType.choices), default="", width=16),
    Column("situacao", parse=_choice(STATES), default=Order.Status.INCOMPLETE.value, width=24),
    Column("titular", required=True, parse=parsers.text(120, minimum=1), width=28),
    Column("cpf", required=True, parse=parsers.cpf, width=16),
    Column("email", required=True, parse=parsers.email, width=28),
    Column("telefone", parse=parsers.text(20), default="", width=16),
    Column("empresa", parse=parsers.text(150), default="", width=28),
    Column("cnpj", parse=parsers.cnpj, default="", width=20),
    Column("responsavel", parse=parsers.text(120), default="", width=28),
    Column("cpf_responsavel", parse=parsers.cpf, default="", width=16),
    Column("email_responsavel", parse=parsers.email, default="", width=28),
    Column("preco", parse=parsers.cents(0)),
    Column("emitido_em", parse=parsers.day(), width=12),
    Column("valido_ate", parse=parsers.day(), width=12),
    Column("serie", parse=parsers.text(64), default="", width=24),
)  # fmt: skip
EXAMPLES = (
    (
        "2732509", "04/01/2012 14:12", "e-CPF A1 validade 1 ano", "Órgão Público", "Entregue",
        "Carlos Dias", "529.982.247-25", "carlos@exemplo.com.br", "(31) 3555-0100",
        "Prefeitura de Exemplo", "11.222.333/0001-81", "", "", "", "150,00", "03/01/2012",
        "02/01/2013", "",
    ),
)  # fmt: skip
# Column -> field of the order.
FIELDS = {
    "solicitado_em": "requested_at", "tipo_cliente": "customer_type", "situacao": "status",
    "titular": "holder_name", "cpf": "holder_cpf", "telefone": "holder_phone",
    "empresa": "company_name", "cnpj": "company_cnpj", "responsavel": "responsible_name",
    "cpf_responsavel": "responsible_cpf", "emitido_em": "issued_on", "valido_ate": "valid_until",
    "serie": "serial", "produto": "product_name",
}  # fmt: skip


def values_of(texts: dict[str, str]) -> dict[str, Any]:
    """The values of a row that was checked, from its cells."""
    return {column.name: column.value_of(texts.get(column.name, "")) for column in COLUMNS}
