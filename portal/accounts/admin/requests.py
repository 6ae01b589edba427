"""Requests of people: looked up here, decided on the work pages."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import AccessRequest, ErasureRequest
from portal.accounts.search import by_number_or_email
from portal.taxid import format_tax_id
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin
from portal.ui.search import SearchCriterion


@admin.register(AccessRequest)
class AccessRequestAdmin(BoundedSearch, ReadOnlyAdmin):
    list_display = ("name", "unit_text", "status", "created_at", "work_page")
    list_filter = ("status",)
    search_help_text = _(
        "Words of the name or of the unit asked for, whole CPF, or beginning of the e-mail."
    )
    fields = (
        "name", "shown_cpf", "email", "phone", "unit_text", "message", "status", "user",
        "decided_by", "decided_at", "refusal_reason", "created_at", "work_page",
    )  # fmt: skip
    actions = ("decide", "refuse")

    def criteria(self, text: str) -> list[SearchCriterion]:
        found = [SearchCriterion(Q(name__words=text)), SearchCriterion(Q(unit_text__words=text))]
        return [*found, *by_number_or_email(text, number="cpf", email="email")]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.decide_accessrequest")

    @admin.display(description="CPF")
    def shown_cpf(self, row: AccessRequest) -> str:
        return format_tax_id(row.cpf)

    @admin.display(description=_("Work page"))
    def work_page(self, row: AccessRequest) -> str:
        url = reverse("accounts:access_request", args=[row.pk])
        return format_html(
            '<a href="{}">{}</a>',
            url,
            _("Accept or refuse") if row.status == "pending" else _("Open"),
        )

    @admin.action(
        description=_("Accept or refuse (opens the first one chosen)"), permissions=["decide"]
    )
    def decide(self, request: HttpRequest, queryset: QuerySet[AccessRequest]) -> HttpResponse:  # noqa: ARG002
        return self._go("accounts:access_request", queryset)

    @admin.action(description=_("Refuse (asks for the reason)"), permissions=["decide"])
    def refuse(
        self, request: HttpRequest, queryset: QuerySet[AccessRequest]
    ) -> HttpResponse | None:
        waiting = queryset.filter(status=AccessRequest.Status.PENDING)
        keys = ",".join(str(key) for key in waiting.values_list("pk", flat=True))
        if not keys:
            messages.warning(request, gettext("None of those chosen is waiting."))
            return None
        return redirect(reverse("accounts:refuse_requests", query={"ids": keys}))

    def _go(self, name: str, queryset: QuerySet[AccessRequest]) -> HttpResponse:
        return redirect(name, queryset.values_list("pk", flat=True)[0])


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    list_display = ("user", "status", "created_at", "decided_at", "work_page")
    list_filter = ("status",)
    list_select_related = ("user",)
    fields = (
        "user",
        "reason",
        "status",
        "answer",
        "decided_by",
        "decided_at",
        "created_at",
        "work_page",
    )

    @admin.display(description=_("Work page"))
    def work_page(self, row: Any) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("accounts:erasure", args=[row.pk]), _("Open")
        )
