"""Administration of trust: authorities come by upload, the rest is fetched and only looked at."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from certificates.trust.forms import IntermediateForm
from certificates.trust.intermediates import add_uploaded
from certificates.trust.models import (
    Intermediate,
    IssuerAddress,
    RevocationAnswer,
    RevocationList,
)
from certificates.trust.revocation import fetch_again
from portal.accounts.scope import scope_of
from portal.audit.services import record
from portal.ui.admin import ReadOnlyAdmin

_AUTHORITY = (
    "subject", "issuer", "sha256", "key_id", "issuer_key_id", "not_before", "not_after", "source",
    "source_detail", "created_at",
)  # fmt: skip


@admin.register(Intermediate)
class IntermediateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("subject", "issuer", "not_after", "source", "created_at")
    list_filter = ("source",)
    search_fields = ("subject", "issuer", "=sha256")
    form = IntermediateForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Intermediate]:
        return super().get_queryset(request).defer("der")

    def get_fields(self, request: HttpRequest, obj: Intermediate | None = None) -> Any:  # noqa: ARG002
        return _AUTHORITY if obj else ("file",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Intermediate,
        form: Any,
        change: bool,  # noqa: ARG002
    ) -> None:
        """Kept by the service; what it refuses, ``add_view`` says."""
        name = form.cleaned_data["file"].name
        rows = add_uploaded(form.data_of_file, name=name, by=scope_of(request).user)
        obj.__dict__.update(rows[0].__dict__)
        if len(rows) > 1:
            text = ngettext(
                "%(n)s authority was added.", "%(n)s authorities were added.", len(rows)
            )
            messages.info(request, text % {"n": len(rows)})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(reverse("admin:trust_intermediate_add"))

    def delete_model(self, request: HttpRequest, obj: Intermediate) -> None:
        data = {"sha256": obj.sha256}
        record("trust.intermediate_removed", target=obj, request=request, data=data)
        super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """One at a time: each removal is in the audit."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class FetchedAdmin(ReadOnlyAdmin):
    """What jobs fetched, and how that went."""

    @admin.display(description=_("last error"))
    def trouble(self, obj: Any) -> str:
        return f"{obj.error} (×{obj.failures})" if obj.failures else "–"


@admin.register(RevocationList)
class RevocationListAdmin(FetchedAdmin):
    list_display = ("issuer", "url", "state", "due", "entries", "trouble")
    fields = (
        "issuer", "url", "state", "covers", "entries", "kilobytes", "sha256", "this_update",
        "next_update", "fetched_at", "wanted_at", "failures", "failed_at", "error",
    )  # fmt: skip
    readonly_fields = ("state", "kilobytes")
    search_fields = ("issuer__startswith",)
    actions = ("fetch_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RevocationList]:
        return super().get_queryset(request).defer("der")

    @admin.display(description=_("state"))
    def state(self, obj: RevocationList) -> str:
        if obj.this_update is None:
            return str(_("Not fetched yet"))
        return str(_("Out of date")) if obj.is_stale(timezone.now()) else str(_("In force"))

    @admin.display(description=_("next one due"))
    def due(self, obj: RevocationList) -> str:
        return f"{timezone.localtime(obj.next_update):%d/%m/%Y %H:%M}" if obj.next_update else "–"

    @admin.display(description=_("size"))
    def kilobytes(self, obj: RevocationList) -> str:
        return filesizeformat(obj.size)

    @admin.action(description=_("Fetch the selected lists now"), permissions=["view"])
    def fetch_now(self, request: HttpRequest, queryset: QuerySet[RevocationList]) -> None:
        count = fetch_again(queryset, by=scope_of(request).user)
        text = ngettext("%(n)s list is being fetched.", "%(n)s lists are being fetched.", count)
        messages.success(request, text % {"n": count})


@admin.register(RevocationAnswer)
class RevocationAnswerAdmin(FetchedAdmin):
    list_display = ("issuer", "serial", "state", "this_update", "trouble")
    fields = (
        "issuer", "serial", "url", "state", "this_update", "next_update", "revoked_at",
        "fetched_at", "wanted_at", "failures", "failed_at", "error",
    )  # fmt: skip
    search_fields = ("=serial",)


@admin.register(IssuerAddress)
class IssuerAddressAdmin(FetchedAdmin):
    list_display = ("url", "fetched_at", "wanted_at", "trouble")
    fields = ("url", "fetched_at", "wanted_at", "failures", "failed_at", "error")
