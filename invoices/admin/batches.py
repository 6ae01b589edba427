"""Administration of batches: looked at here, worked on in their own pages."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from invoices.models import Batch
from portal.ui.admin import ReadOnlyAdmin


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("name", "status", "total", "errors", "created_by", "created_at", "work")
    list_filter = ("status", "source")
    list_select_related = ("created_by",)
    search_fields = ("name__startswith", "=sha256")
    search_help_text = _("Beginning of the name, or SHA-256 of the zip.")
    fields = (
        "work", "name", "source", "status", "problem", "total", "done", "kept", "counts", "sha256",
        "created_by", "created_at", "checked_at", "applied_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("errors"))
    def errors(self, obj: Batch) -> int:
        return int(obj.counts.get("error", 0))

    @admin.display(description=_("work page"))
    def work(self, obj: Batch) -> SafeString:
        url = reverse("invoices:batch", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', url, _("Open"))
