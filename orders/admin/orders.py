"""Administration of orders: found and looked at here, worked on in their own pages."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from orders.models import Appointment, Order, OrderDocument, OrderEvent, Pendency
from orders.models.orders import VIEW, OrderQuerySet
from orders.services import finding
from portal.accounts.scope import scope_of
from portal.taxid import mask_cpf
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin, ReadOnlyInline
from portal.ui.admin_columns import text_column
from portal.ui.search import SearchCriterion


class _OfOrder(ReadOnlyInline):
    seen_with = VIEW


class DocumentInline(_OfOrder):
    """The dossier. The files are opened on the order's work page."""

    model = OrderDocument
    fields = readonly_fields = ("kind", "name", "size", "sha256", "its_giver", "added_at")
    its_giver = text_column("added_by", OrderDocument, _("noted by"))


class PendencyInline(_OfOrder):
    model = Pendency
    fields = readonly_fields = (
        "text", "its_asker", "asked_at", "answer", "answered_at", "closed_at",
    )  # fmt: skip
    its_asker = text_column("asked_by", Pendency, _("asked by"))


class AppointmentInline(_OfOrder):
    model = Appointment
    fields = readonly_fields = (
        "its_place", "its_service", "starts_at", "ends_at", "status", "moves", "is_over", "set_at",
    )  # fmt: skip
    its_place, its_service = (text_column(name, Appointment) for name in ("place", "service"))


class OrderEventInline(_OfOrder):
    """The history of an order, which nobody writes by hand."""

    model = OrderEvent
    fields = readonly_fields = ("at", "what", "by", "note")
    by = text_column("user", OrderEvent, _("noted by"))

    @admin.display(description=_("event"))
    def what(self, event: OrderEvent) -> str:
        return event.label


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
    inlines = (DocumentInline, PendencyInline, AppointmentInline, OrderEventInline)

    its_payer, validator, verifier = (
        text_column(name, Order) for name in ("payer", "validated_by", "verified_by")
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
