"""A list of certificate orders as a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import CustomerType, Order
from portal.audit.services import record
from portal.sheets.columns import Column, Kind
from portal.taxid import format_tax_id

MAX_ROWS = 50_000
COLUMNS = (
    Column("number", label=gettext_lazy("Number"), kind=Kind.INTEGER),
    Column("requested_at", label=gettext_lazy("Requested at"), kind=Kind.INSTANT),
    Column("status", label=gettext_lazy("Status"), width=26),
    Column("status_since", label=gettext_lazy("Since"), kind=Kind.INSTANT),
    Column("customer_type", label=gettext_lazy("Type of customer"), width=18),
    Column("product_name", label=gettext_lazy("Product"), width=34),
    Column("price_cents", label=gettext_lazy("Price"), kind=Kind.MONEY),
    Column("holder_name", label=gettext_lazy("Holder"), width=30),
    Column("holder_cpf", label=gettext_lazy("CPF of the holder"), width=18),
    Column("holder_email", label=gettext_lazy("E-mail of the holder"), width=30),
    Column("holder_phone", label=gettext_lazy("Phone of the holder"), width=18),
    Column("company_name", label=gettext_lazy("Company or public body"), width=30),
    Column("company_cnpj", label="CNPJ", width=20),
    Column("responsible_name", label=gettext_lazy("Responsible person"), width=30),
    Column("payer__name", label=gettext_lazy("Payer"), width=30),
    Column("payer__tax_id", label=gettext_lazy("CPF or CNPJ of the payer"), width=20),
    Column("paid_at", label=gettext_lazy("Paid at"), kind=Kind.INSTANT),
    Column("issued_on", label=gettext_lazy("Issued on"), kind=Kind.DAY),
    Column("valid_until", label=gettext_lazy("Valid until"), kind=Kind.DAY),
    Column("serial", label=gettext_lazy("Serial number of the certificate"), width=30),
    Column("validated_by__name", label=gettext_lazy("Validated by"), width=24),
    Column("verified_by__name", label=gettext_lazy("Verified by"), width=24),
)
_WORDS = {"status": dict(Order.Status.choices), "customer_type": dict(CustomerType.choices)}
_TAX_IDS = {"holder_cpf", "company_cnpj", "payer__tax_id"}


def checked_count(orders: QuerySet[Order]) -> int:
    """How many orders the file will have. ValidationError when they are too many for one."""
    count = orders.order_by().values("pk")[: MAX_ROWS + 1].count()
    if count > MAX_ROWS:
        raise ValidationError(
            _("This list has more than %(number)s orders: narrow it by a filter.")
            % {"number": number_format(MAX_ROWS, force_grouping=True)}
        )
    return count


def rows_of(orders: QuerySet[Order]) -> Iterator[list[Any]]:
    """A value for each column, in the order of the list."""
    names = [column.name for column in COLUMNS]
    for row in orders.values_list(*names).iterator(1000):
        yield [_shown(name, value) for name, value in zip(names, row, strict=True)]


def _shown(name: str, value: Any) -> Any:
    if name in _WORDS:
        return _WORDS[name].get(value, value)
    return format_tax_id(value) if name in _TAX_IDS and value else value


def note_export(request: HttpRequest, *, rows: int, extension: str) -> None:
    """Who took the list along, and how much of it; not what they searched for, which may name people."""
    record("order.exported", request=request, data={"rows": rows, "format": extension})
