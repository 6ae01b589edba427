"""Changes made in the administration go to the audit trail: which fields, never their values."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from portal.audit.services import record

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = admin.ModelAdmin


class AuditedAdmin(AnyModelAdmin):
    """Records what is added, changed and deleted, inlines too."""

    def company_of(self, obj: Any) -> int | None:  # noqa: ARG002
        """The company in whose chain a change of ``obj`` belongs."""
        return None

    def said_of(self, obj: Any) -> dict[str, str]:  # noqa: ARG002
        """What a note says of ``obj`` beside the names of its fields: nothing personal or secret."""
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data or not change:
            self.note(request, obj, "changed" if change else "created", form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.note(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for obj in formset.new_objects:
            self.note(request, obj, "created")
        for obj, fields in formset.changed_objects:
            self.note(request, obj, "changed", fields)
        for obj in formset.deleted_objects:
            self.note(request, obj, "deleted")

    def note(self, request: HttpRequest, obj: Any, what: str, fields: Any = ()) -> None:
        action = f"{obj._meta.model_name}.{what}"
        data = ({"fields": list(fields)} if fields else {}) | self.said_of(obj)
        record(action, target=obj, company=self.company_of(obj), request=request, data=data)
