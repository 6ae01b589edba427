"""Administration of drafts: looked at here, worked on in their own pages."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from invoices.models import InvoiceDraft, InvoiceItem
from invoices.quantities import format_quantity
from portal.money import format_brl
from portal.periods import format_period
from portal.ui.admin import ReadOnlyAdmin


class InvoiceItemInline(admin.TabularInline[InvoiceItem, InvoiceDraft]):
    model = InvoiceItem
    fields = readonly_fields = ("description", "quantity", "price", "total")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    @admin.display(description=_("quantity"))
    def quantity(self, obj: InvoiceItem) -> str:
        return format_quantity(obj.quantity_milli)

    @admin.display(description=_("unit price"))
    def price(self, obj: InvoiceItem) -> str:
        return format_brl(obj.price_cents)

    @admin.display(description=_("amount"))
    def total(self, obj: InvoiceItem) -> str:
        return format_brl(obj.total_cents)


@admin.register(InvoiceDraft)
class InvoiceDraftAdmin(ReadOnlyAdmin):
    list_display = ("number", "type", "unit", "month", "due_date", "status", "created_at", "work")
    list_select_related = ("type", "unit")
    list_filter = ("status", "type")
    search_fields = ("number",)
    search_help_text = _("Number (or its beginning), or the code of the unit.")
    inlines = (InvoiceItemInline,)
    fields = readonly_fields = (
        "work", "unit", "type", "month", "number", "due_date", "notes", "status", "document",
        "created_by", "created_at",
    )  # fmt: skip

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[InvoiceDraft],
        search_term: str,
    ) -> tuple[QuerySet[InvoiceDraft], bool]:
        for term in search_term.split():
            queryset = queryset.filter(Q(number__startswith=term) | Q(unit__code=term.upper()))
        return queryset, False

    @admin.display(description=_("period"))
    def month(self, obj: InvoiceDraft) -> str:
        return format_period(obj.period)

    @admin.display(description=_("work page"))
    def work(self, obj: InvoiceDraft) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("invoices:draft", args=[obj.pk]), _("Open")
        )
