"""Administration of the catalogue: what may be ordered, and its price."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.forms.catalogue import ProductForm
from orders.models import Product
from portal.accounts.admin.audited import AuditedAdmin
from portal.money import format_brl


@admin.register(Product)
class ProductAdmin(AuditedAdmin):
    form = ProductForm
    list_display = ("name", "kind", "level", "medium", "years", "price", "is_renewal", "is_active")
    list_filter = ("kind", "level", "is_renewal", "is_active")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "text", ("kind", "level", "medium", "years"), "price", "is_renewal")}),
        (_("Renewals"), {
            "fields": (("signature_level", "max_consecutive", "window_days"),),
            "description": _("How a renewal is confirmed online; else the holder comes in person."),
        }),
        (_("Who may order it"), {"fields": ("for_person", "for_company", "for_public")}),
        (_("On the pages"), {"fields": ("documents", "is_active", "order")}),
    )  # fmt: skip

    @admin.display(description=_("price"), ordering="price_cents")
    def price(self, product: Product) -> str:
        return format_brl(product.price_cents)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """One that was ordered is switched off, not deleted."""
        may = bool(super().has_delete_permission(request, obj))
        return may and obj is not None and not obj.orders.exists()
