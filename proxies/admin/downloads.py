"""Administration of downloads: what is offered and to whom; files are published on their page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.accounts.admin.audited import AuditedAdmin
from portal.ui.admin import ReadOnlyInline
from portal.ui.admin_columns import work_column
from proxies.models import Download, DownloadVersion


class DownloadVersionInline(ReadOnlyInline):
    model = DownloadVersion
    fields = readonly_fields = (
        "version", "file_name", "size", "sha256", "published_at", "published_by", "withdrawn_at",
    )  # fmt: skip


@admin.register(Download)
class DownloadAdmin(AuditedAdmin):
    list_display = ("title", "audience", "order", "is_active", "work")
    fields = ("title", "text", "audience", "order", "is_active", "work")
    readonly_fields = ("work",)
    inlines = (DownloadVersionInline,)
    work = work_column

    def get_fields(self, request: HttpRequest, obj: Download | None = None) -> Any:
        fields = super().get_fields(request, obj)
        return fields if obj else [name for name in fields if name != "work"]

    def has_delete_permission(self, request: HttpRequest, obj: Download | None = None) -> bool:
        """What was published is switched off, not deleted."""
        may = bool(super().has_delete_permission(request, obj))
        return may and obj is not None and not obj.versions.exists()
