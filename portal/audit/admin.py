"""Looking through the audit; nothing here writes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.audit.labels import action_label, chain_label, target_label, targets_called
from portal.audit.models import AuditEvent
from portal.ui.admin import ReadOnlyAdmin

SHOWN = ("at", "what", "about", "where", "actor", "address")
RECORDED = ("action", "target", "details", "chain", "sequence", "previous", "hash")


class ActionFilter(admin.SimpleListFilter):
    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        words = desks.merged("audit_words")
        return sorted(((n, action_label(n, words)) for n in _actions()), key=lambda pair: pair[1])

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[AuditEvent],
    ) -> QuerySet[AuditEvent]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class PeriodFilter(admin.SimpleListFilter):
    title = _("period")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [("1", _("Last 24 hours")), ("7", _("Last 7 days")), ("30", _("Last 30 days"))]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[AuditEvent],
    ) -> QuerySet[AuditEvent]:
        if self.value() not in {"1", "7", "30"}:
            return queryset
        return queryset.filter(at__gte=timezone.now() - timedelta(days=int(self.value() or 0)))


def _actions() -> Iterator[str]:
    """Every action that occurs, by one index seek each."""
    names = AuditEvent.objects.order_by("action").values_list("action", flat=True)
    name = names.first()
    while name is not None:
        yield name
        name = names.filter(action__gt=name).first()


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    keyset_order = ("-at", "-pk")
    list_display = SHOWN
    list_select_related = ("actor",)
    list_filter = (PeriodFilter, ActionFilter)
    search_fields = ("target",)
    search_help_text = _(
        "Whole target (Document 12), chain (company:3, portal) or e-mail of who did it."
    )
    fieldsets = (
        (None, {"fields": SHOWN}),
        (_("As it is recorded"), {"fields": RECORDED, "classes": ("collapse",)}),
    )
    readonly_fields = SHOWN + RECORDED

    @admin.display(description=_("action"))
    def what(self, event: AuditEvent) -> str:
        return action_label(event.action)

    @admin.display(description=_("target"))
    def about(self, event: AuditEvent) -> str:
        return target_label(event.target)

    @admin.display(description=_("chain"))
    def where(self, event: AuditEvent) -> str:
        return chain_label(event.chain)

    @admin.display(description=_("data"))
    def details(self, event: AuditEvent) -> SafeString:
        text = json.dumps(event.data, indent=2, ensure_ascii=False, sort_keys=True)
        return format_html("<pre>{}</pre>", text)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[AuditEvent],
        search_term: str,
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """By what an index finds: a whole target, a whole chain, or who did it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "@" in term:
            people = get_user_model()._default_manager.filter(email=term.lower())
            return queryset.filter(actor__in=[*people.values_list("pk", flat=True)]), False
        if term == "portal" or term.startswith("company:"):
            return queryset.filter(chain=term), False
        return queryset.filter(target__in=[term, *targets_called(term)]), False
