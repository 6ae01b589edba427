"""The columns of a spreadsheet of orders, and what each of its cells means."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import CustomerType, Order
from orders.services.numbers import FIRST
from portal.sheets import parsers
from portal.sheets.choices import labelled
from portal.sheets.columns import Column

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")


def instant(cell: str) -> datetime:
    """A day, with or without the time: ``12/01/2012 08:31``."""
    day, _blank, rest = cell.strip().partition(" ")
    found = _TIME.fullmatch(rest.strip()) if rest else None
    if rest and (not found or int(found[1]) > 23 or int(found[2]) > 59):
        raise ValidationError(_("Write it as 12/01/2012 08:31."))
    clock = time(int(found[1]), int(found[2])) if found else time(0)
    return timezone.make_aware(datetime.combine(parsers.day()(day), clock))


COLUMNS = (
    Column("numero", parse=parsers.integer(1, FIRST - 1)),
    Column("solicitado_em", required=True, parse=instant, width=18),
    Column("produto", required=True, parse=parsers.text(80, minimum=1), width=34),
    Column("tipo_cliente", parse=labelled(CustomerType.choices), default="", width=16),
    Column("situacao", parse=labelled(Order.Status.choices), default=Order.Status.INCOMPLETE.value, width=24),
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
    Column("pago_em", parse=instant, width=18),
    Column("emitido_em", parse=parsers.day(), width=12),
    Column("valido_ate", parse=parsers.day(), width=12),
    Column("serie", parse=parsers.text(64), default="", width=24),
)  # fmt: skip
EXAMPLES = (
    (
        "2732509", "04/01/2012 14:12", "e-CPF A1 validade 1 ano", "Órgão Público", "Entregue",
        "Carlos Dias", "529.982.247-25", "carlos@exemplo.com.br", "(31) 3555-0100",
        "Prefeitura de Exemplo", "11.222.333/0001-81", "", "", "", "150,00", "04/01/2012", "03/01/2012",
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


S = Order.Status
# Here the slip of the older system would have to be paid, which the portal does not know.
_AT_THE_BANK = (S.AWAITING_PAYMENT, S.PAYMENT_REVIEW)
_BEFORE_PAYMENT = (S.INCOMPLETE, S.AWAITING_AUTHORIZATION)
_ENDED = (S.REFUSED, S.CANCELLED)


def contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong between the cells of one row: a column and a message each."""
    status, issued, until = (values.get(name) for name in ("situacao", "emitido_em", "valido_ate"))
    if issued and until and until < issued:
        yield "valido_ate", _("The validity ends before it begins.")
    if status in _AT_THE_BANK:
        yield (
            "situacao",
            _(
                "An order that waits for payment cannot be brought in: its slip is not in the portal. "
                "Write Incompleto, so that the client says who pays and gets a new slip; or bring it "
                "in once it is paid."
            ),
        )
    if status == S.AWAITING_AUTHORIZATION and values.get("tipo_cliente") != CustomerType.PUBLIC:
        yield "tipo_cliente", _("Only the order of a public body waits for an authorisation.")
    if status in _BEFORE_PAYMENT and values.get("pago_em"):
        yield (
            "pago_em",
            _("A paid order is not in this state. Write the state that it has, or no payment."),
        )


def payment_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the order that say how it was paid.

    An order that has come past its payment was paid when it was requested where the sheet does
    not say when. The money of one that has ended waits for a decision only where the sheet names it.
    """
    status, paid_at = values["situacao"], values["pago_em"]
    is_past = status not in (*_BEFORE_PAYMENT, *_AT_THE_BANK, *_ENDED)
    return {
        "by_agreement": status == S.AWAITING_AUTHORIZATION,
        "paid_at": paid_at or (values["solicitado_em"] if is_past else None),
        "money_waits": bool(paid_at and status in _ENDED),
    }


def values_of(texts: dict[str, str]) -> dict[str, Any]:
    """The values of a row that was checked, from its cells."""
    return {column.name: column.value_of(texts.get(column.name, "")) for column in COLUMNS}
