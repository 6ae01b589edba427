"""Charges and slips in the administration, to look at: what is done to them has pages of its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.payments.models import Charge, Slip


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Charge)
class ChargeAdmin(ReadOnlyAdmin):
    list_display = ("description", "payer", "amount_cents", "due_on", "status")
    list_filter = ("status", "agreement")
    list_select_related = ("payer",)
    search_fields = ("=payer__tax_id", "=about")


@admin.register(Slip)
class SlipAdmin(ReadOnlyAdmin):
    list_display = ("number_text", "payer", "amount_cents", "due_on", "status")
    list_filter = ("status", "agreement")
    list_select_related = ("payer",)
    search_fields = ("=number_text", "=line", "=barcode")
