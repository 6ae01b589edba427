"""Administration of the provider's row and its contact desks."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.audit.services import record
from portal.provider.forms import ProviderForm
from portal.provider.models import ContactDesk, Provider
from portal.provider.services import forget_provider
from portal.step_up import require_step_up


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin[Provider]):
    form = ProviderForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Provider.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One row: its list is itself."""
        if Provider.objects.exists() and self.has_view_or_change_permission(request):
            return redirect("admin:provider_provider_change", 1)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whoever may change them proves first who they are: a logo that was chosen is not kept."""
        if request.method == "GET" and self.has_change_permission(request):
            require_step_up(request)
        return super().changeform_view(request, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Provider, form: ModelForm[Provider], change: bool
    ) -> None:
        require_step_up(request)
        super().save_model(request, obj, form, change)
        # Forgotten before the change is seen, the old row would be read and kept once more.
        transaction.on_commit(forget_provider)
        record("provider.changed", target=obj, request=request, data={"fields": form.changed_data})


@admin.register(ContactDesk)
class ContactDeskAdmin(admin.ModelAdmin[ContactDesk]):
    """Each address gets requests for access and disputed CPFs: a change asks for a proof first."""

    list_display = ("topic", "name", "phone", "email")

    def save_model(
        self, request: HttpRequest, obj: ContactDesk, form: ModelForm[ContactDesk], change: bool
    ) -> None:
        require_step_up(request)
        super().save_model(request, obj, form, change)
        record(
            "provider.desk_changed", target=obj, request=request, data={"fields": form.changed_data}
        )

    def delete_model(self, request: HttpRequest, obj: ContactDesk) -> None:
        require_step_up(request)
        record("provider.desk_deleted", target=obj, request=request)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ContactDesk]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)
