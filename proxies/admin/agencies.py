"""Administration of the catalogue of agencies."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.admin.audited import AuditedAdmin
from portal.periods import add_months
from portal.step_up import require_step_up
from proxies.forms.agencies import AgencyForm, LoginPageForm
from proxies.models import Agency, Kind, LoginPage
from proxies.services.checks import page_was_changed

RECHECK_MONTHS = 12


def checked_before(on: date) -> date:
    """A rule that was read before this day is to be read again."""
    return add_months(on, -RECHECK_MONTHS)


class RuleFilter(admin.SimpleListFilter):
    title = _("renewal rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [("old", _("Not checked for a year")), ("unknown", _("The agency does not say"))]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Agency],
    ) -> QuerySet[Agency]:
        if self.value() == "old":
            before = checked_before(timezone.localdate())
            old = Q(renewal_checked_on=None) | Q(renewal_checked_on__lt=before)
            return queryset.filter(old, is_active=True)
        if self.value() == "unknown":
            return queryset.filter(renewal_every=None, is_active=True)
        return queryset


class LoginPageInline(admin.StackedInline[LoginPage, Agency]):
    """How the portal tries an access; without it nothing is checked."""

    model = LoginPage
    form = LoginPageForm
    extra = 0
    fieldsets = ((None, {
        "fields": (
            "address", ("login_field", "password_field"), "fixed_fields", "opened_texts",
            "refused_texts", "expired_texts", "is_active",
        ),
        "description": _(
            "Everything stays on the host of this address. On another host nothing is sent until each "
            "office agrees to it. Texts are parts of what the agency's page "
            "says once the form was sent; upper and lower case are the same."
        ),
    }),)  # fmt: skip


@admin.register(Agency)
class AgencyAdmin(AuditedAdmin):
    form = AgencyForm
    inlines = (LoginPageInline,)
    list_display = (
        "name",
        "sphere",
        "where",
        "shown_kinds",
        "rule",
        "renewal_checked_on",
        "is_active",
    )
    list_filter = (RuleFilter, "sphere", "is_active")
    list_select_related = ("municipality",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "sphere", "state", "city", "address", "kinds", "is_active")}),
        (_("How long an access lasts"), {
            "fields": (
                ("renewal_every", "renewal_unit"), "renewal_source", "renewal_checked_on",
                "review_months",
            ),
            "description": _(
                "What changes here counts from the next new value of an access: what an office has "
                "keeps its day. Empty where the agency does not say: then an access is to be looked at "
                "after some months."
            ),
        }),
        (_("On the pages"), {"fields": ("notice",)}),
    )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        require_step_up(request)  # a login page says where offices' passwords are sent
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for page, _fields in formset.changed_objects:
            page_was_changed(page, at=timezone.now())

    def said_of(self, obj: Any) -> dict[str, str]:
        return {"host": obj.host} if isinstance(obj, LoginPage) else {}

    @admin.display(description=_("place"))
    def where(self, agency: Agency) -> str:
        return str(agency.municipality or agency.state or "–")

    @admin.display(description=_("kinds of access"))
    def shown_kinds(self, agency: Agency) -> str:
        return ", ".join(str(Kind(kind).label) for kind in agency.kinds)

    @admin.display(description=_("renewed every"), ordering="renewal_every")
    def rule(self, agency: Agency) -> str:
        if not agency.renewal_every:
            return str(_("not said"))
        return f"{agency.renewal_every} {agency.get_renewal_unit_display()}"

    def has_delete_permission(self, request: HttpRequest, obj: Agency | None = None) -> bool:
        """One that an office has an access to is switched off, not deleted."""
        may = bool(super().has_delete_permission(request, obj))
        return may and obj is not None and not obj.proxies.exists()
