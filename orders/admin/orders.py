"""Administration of orders: found and looked at here, worked on in their own pages."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.models.orders import OrderQuerySet
from orders.services import finding
from portal.accounts.scope import scope_of
from portal.taxid import mask_cpf
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin
from portal.ui.search import SearchCriterion


def _as_text(name: str) -> Any:
    """A column that says what a relation leads to, and does not lead there."""
    field: Any = Order._meta.get_field(name)

    @admin.display(description=field.verbose_name)
    def text(_admin: Any, order: Order) -> str:
        return str(getattr(order, name) or "–")

    return text


@admin.register(Order)
class OrderAdmin(BoundedSearch, ReadOnlyAdmin):
    keyset_order = ("-requested_at", "-pk")
    list_display = ("number", "requested_at", "holder_name", "product_name", "status", "work")
    list_filter = ("status",)
    search_help_text = _("Number, CPF, CNPJ, e-mail, or words of a name.")
    fields = (
        "work", "number", "status", "status_since", "requested_at", "customer_type",
        "product_name", "holder_name", "masked_cpf", "company_name", "responsible_name",
        "its_payer", "paid_at", "money_waits", "refund_note", "validator", "validated_at",
        "verifier", "verified_at", "issued_on", "valid_until", "serial",
    )  # fmt: skip
    readonly_fields = fields

    its_payer, validator, verifier = (
        _as_text(name) for name in ("payer", "validated_by", "verified_by")
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        found = cast(OrderQuerySet, super().get_queryset(request))
        return found.visible_to(scope_of(request).user)

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.criteria(text)

    @admin.display(description=_("CPF of the holder"))
    def masked_cpf(self, order: Order) -> str:
        return mask_cpf(order.holder_cpf) if order.holder_cpf else "–"

    @admin.display(description=_("work page"))
    def work(self, order: Order) -> SafeString:
        return format_html('<a href="{}">{}</a>', order.desk_url, _("Open"))
