"""Administration of the signing certificates: installed and chosen here, never taken out."""

from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from certificates.forms import InstallForm
from certificates.models import KnownCertificate, SigningCertificate
from certificates.services import install_pfx
from certificates.services.known import end_signing_use
from portal.accounts.scope import scope_of
from portal.audit.services import record
from portal.step_up import require_step_up, step_up
from portal.taxid import format_tax_id
from portal.ui.admin import ReadOnlyAdmin

_SHOWN = (
    "choice", "label", "holder", "tax_number", "issuer", "serial", "sha256", "not_before",
    "not_after", "is_demo", "is_active", "created_by", "created_at",
)  # fmt: skip


@admin.register(SigningCertificate)
class SigningCertificateAdmin(admin.ModelAdmin[SigningCertificate]):
    list_display = ("label", "holder", "tax_number", "not_after", "state", "is_active", "is_demo")
    search_fields = ("label", "holder", "=tax_id", "=sha256")
    form = InstallForm

    def get_fields(self, request: HttpRequest, obj: SigningCertificate | None = None) -> Any:  # noqa: ARG002
        return _SHOWN if obj else ("label", "pfx", "password")

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: SigningCertificate | None = None,
    ) -> Any:
        return _SHOWN if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if not change:
            return InstallForm
        return super().get_form(request, obj, change=change, **{**kwargs, "form": ModelForm})

    def has_delete_permission(
        self, request: HttpRequest, obj: SigningCertificate | None = None
    ) -> bool:
        """Not the one in use: another is chosen first."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_active)

    def get_actions(self, request: HttpRequest) -> Any:
        """No deletion of several at once: it would pass by the certificate in use."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @method_decorator(sensitive_post_parameters("password"))
    @step_up
    def add_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().add_view(*args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: SigningCertificate, form: Any, change: bool
    ) -> None:
        if change:
            return
        made = install_pfx(
            form.data_of_pfx, form.cleaned_data["password"], label=obj.label,
            by=scope_of(request).user, activate=False, pair=form.pair,
        )  # fmt: skip
        obj.__dict__.update(made.__dict__)
        if made.expires_soon(timezone.now()):
            messages.warning(request, _("This certificate expires within 30 days: renew it soon."))

    def response_add(
        self,
        request: HttpRequest,
        obj: SigningCertificate,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Straight to the question whether to sign with it."""
        messages.success(request, _("The certificate was installed. It is not in use yet."))
        return redirect("certificates:activate", obj.pk)

    def delete_model(self, request: HttpRequest, obj: SigningCertificate) -> None:
        require_step_up(request)
        data = {"sha256": obj.sha256, "serial": obj.serial}
        record("certificates.deleted", target=obj, request=request, data=data)
        end_signing_use(obj.sha256)
        super().delete_model(request, obj)

    @admin.display(description=_("CNPJ or CPF"))
    def tax_number(self, obj: SigningCertificate) -> str:
        return format_tax_id(obj.tax_id) or "–"

    @admin.display(description=_("state"))
    def state(self, obj: SigningCertificate) -> str:
        return str(obj.state_text(timezone.now()))

    @admin.display(description=_("use"))
    def choice(self, obj: SigningCertificate) -> SafeString:
        if obj.is_active:
            url, text = reverse("certificates:deactivate", args=[obj.pk]), _("Stop signing with it")
        else:
            url, text = reverse("certificates:activate", args=[obj.pk]), _("Sign with it")
        return format_html('<a href="{}">{}</a>', url, text)


@admin.register(KnownCertificate)
class KnownCertificateAdmin(ReadOnlyAdmin):
    """Looked at here; watched and stopped in the portal's own pages."""

    list_display = ("name", "kind", "tax_number", "issuer", "not_after", "revoked_at")
    list_filter = ("kind",)
    search_fields = ("=tax_id", "=sha256", "name__istartswith")
    keyset_order = ("not_after", "pk")
    fields = (
        "name", "kind", "tax_number", "issuer", "serial", "policy", "sha256", "sha1",
        "not_before", "not_after", "revoked_at", "created_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("CNPJ or CPF"))
    def tax_number(self, obj: KnownCertificate) -> str:
        return obj.shown_tax_id or "–"
