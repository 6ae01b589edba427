"""Administration of topics and of the fields that each one asks for."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from portal.accounts.admin.audited import AuditedAdmin
from tickets.forms.departments import TopicFieldForm, TopicForm
from tickets.models import Topic, TopicField


class TopicFieldInline(admin.StackedInline[TopicField, Topic]):
    model = TopicField
    form = TopicFieldForm
    extra = 0
    fields = (
        ("label", "kind", "name"), "choices", "help",
        ("is_required", "for_agents", "is_active", "order"),
    )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What orders have filled in stays readable: such fields are switched off."""
        may = bool(super().has_delete_permission(request, obj))
        return may and not (obj and obj.tickets.exists())


@admin.register(Topic)
class TopicAdmin(AuditedAdmin):
    form = TopicForm
    list_display = ("name", "department", "priority", "asks", "is_public", "is_active", "event")
    list_filter = ("department", "is_active", "is_public")
    list_select_related = ("department__desk",)
    search_fields = ("name",)
    inlines = (TopicFieldInline,)
    fieldsets = (
        (None, {"fields": ("department", "name", "help", "priority", "order")}),
        (gettext_lazy("Who uses it"), {
            "fields": ("is_active", "is_public", "seen_by_company", "event"),
        }),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("asks for"))
    def asks(self, topic: Topic) -> str:
        return ", ".join(field.label for field in topic.fields.all() if field.is_active) or "–"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("fields")

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """One that had orders is switched off, not deleted."""
        may = bool(super().has_delete_permission(request, obj))
        return may and obj is not None and not obj.tickets.exists()
