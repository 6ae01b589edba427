"""Companies with their units, and the grants that open them."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.accounts import services
from portal.accounts.admin.audited import AuditedAdmin
from portal.accounts.forms.fields import ServicesField, what_levels_mean, what_no_service_means
from portal.accounts.models import Company, Grant, Unit, User
from portal.accounts.scope import scope_of
from portal.accounts.search import by_number_or_email, company_criteria, unit_criteria
from portal.accounts.services import certificate_only
from portal.step_up import require_step_up
from portal.taxid import format_tax_id
from portal.ui.admin import BoundedSearch
from portal.ui.search import SearchCriterion


class UnitInline(admin.TabularInline[Unit, Company]):
    model = Unit
    extra = 0
    fields = ("code", "name", "cnpj", "state_registration", "timezone", "is_active")
    show_change_link = True


class CertificateOnlyFilter(admin.SimpleListFilter):
    """Companies by whether a password opens them."""

    title = gettext_lazy("certificate only")
    parameter_name = "certificado"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [
            ("sim", gettext_lazy("In force")),
            ("em-breve", gettext_lazy("Announced")),
            ("nao", gettext_lazy("Not required")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002
        today = timezone.localdate()
        wanted: dict[str | None, dict[str, Any]] = {
            "sim": {"certificate_only_from__lte": today},
            "em-breve": {"certificate_only_from__gt": today},
            "nao": {"certificate_only_from__isnull": True},
        }
        return queryset.filter(**wanted.get(self.value(), {}))


class CompanyForm(forms.ModelForm[Company]):
    def clean_certificate_only_from(self) -> date | None:
        """Today or later; a day that stands already may have passed."""
        start: date | None = self.cleaned_data["certificate_only_from"]
        before = self.initial.get("certificate_only_from")
        if start and start != before and start < timezone.localdate():
            raise ValidationError(_("The start must be today or later."), code="past")
        return start


@admin.register(Company)
class CompanyAdmin(AuditedAdmin, BoundedSearch):
    form = CompanyForm
    list_display = ("name", "shown_tax_id", "kind", "is_active", "certificate_only_from")
    list_filter = ("kind", "is_active", CertificateOnlyFilter)
    search_help_text = gettext_lazy(
        "Words of the name, whole CNPJ or CPF, or beginning of the e-mail."
    )
    readonly_fields = ("created_at",)
    keyset_order = ("name", "pk")
    inlines = (UnitInline,)
    actions = ("require_certificate",)
    change_list_template = "admin/accounts/company/change_list.html"

    def criteria(self, text: str) -> list[SearchCriterion]:
        return company_criteria(text)

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        """The policy goes through its service: its people are told, and it is noted."""
        super().save_model(request, obj, form, change)
        if "certificate_only_from" not in form.changed_data:
            return
        by, now, start = scope_of(request).user, timezone.now(), obj.certificate_only_from
        if start:
            certificate_only.require_certificate([obj], start, by=by, at=now, request=request)
        else:
            certificate_only.lift(obj, by=by, at=now, request=request)

    @admin.action(
        description=gettext_lazy("Require the digital certificate (asks from when)"),
        permissions=["change"],
    )
    def require_certificate(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Company],
    ) -> HttpResponse:
        keys = ",".join(str(key) for key in queryset.values_list("pk", flat=True))
        return redirect(reverse("accounts:certificate_only", query={"ids": keys}))

    def company_of(self, obj: Any) -> int | None:
        return int(obj.company_id if isinstance(obj, Unit) else obj.pk)

    @admin.display(description=gettext_lazy("CNPJ or CPF"))
    def shown_tax_id(self, company: Company) -> str:
        return format_tax_id(company.tax_id)


@admin.register(Unit)
class UnitAdmin(AuditedAdmin, BoundedSearch):
    list_display = ("code", "name", "company", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("company",)
    search_help_text = gettext_lazy(
        "Beginning of the code, words of the unit's or the client's name, or whole CNPJ."
    )
    autocomplete_fields = ("company",)
    keyset_order = ("code", "pk")

    def criteria(self, text: str) -> list[SearchCriterion]:
        return unit_criteria(text)

    def company_of(self, obj: Any) -> int | None:
        return int(obj.company_id)


class GrantForm(forms.ModelForm[Grant]):
    """A grant given by staff; a second one for the same place is refused until the first has ended."""

    scopes = ServicesField()
    by: User | None = None  # who fills it in

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "level" not in self.fields:  # the grant is only looked at
            return
        services: Any = self.fields["scopes"]
        services.keep(self.instance.scopes)
        services.help_text = what_no_service_means()
        self.fields["level"].help_text = what_levels_mean()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk or not cleaned.get("user"):
            return cleaned
        place = {key: cleaned.get(key) for key in ("user", "company", "unit")}
        same = Grant.objects.not_ended(timezone.now()).filter(**place, source=Grant.Source.STAFF)
        if same.exists():
            raise ValidationError(_("This person already has this access; change that grant."))
        try:
            services.check_may_hold(cleaned["user"], by=self.by)
        except ValidationError as refusal:
            raise ValidationError({"user": refusal.messages}) from None
        return cleaned


@admin.register(Grant)
class GrantAdmin(AuditedAdmin, BoundedSearch):
    form = GrantForm
    list_display = ("user", "place", "level", "shown_services", "source", "valid_until", "in_force")
    list_filter = ("level", "source")
    more_lookups = ("user__id__exact",)  # the link "Access" of a person's page
    list_select_related = ("user", "company", "unit")
    search_help_text = gettext_lazy(
        "Words of the person's or the client's name, whole CPF, beginning of the e-mail or of the "
        "unit's code."
    )
    autocomplete_fields = ("user", "company", "unit")
    fields = (
        "user", "company", "unit", "level", "scopes", "valid_from", "valid_until", "source", "revoked_at",
        "created_by", "created_at",
    )  # fmt: skip
    readonly_fields = ("source", "revoked_at", "created_by", "created_at")
    actions = ("revoke",)

    def criteria(self, text: str) -> list[SearchCriterion]:
        found = [
            SearchCriterion(Q(user__name__words=text)),
            SearchCriterion(Q(company__name__words=text)),
        ]
        found += [
            SearchCriterion(Q(unit__code__startswith=start))
            for start in dict.fromkeys((text, text.upper()))
        ]
        return [*found, *by_number_or_email(text, number="user__cpf", email="user__email")]

    def company_of(self, obj: Any) -> int | None:
        company: int | None = obj.company_pk
        return company

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """A grant is revoked: what was, stays readable."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        """Whom and where a grant is for never changes."""
        return (*self.readonly_fields, "user", "company", "unit") if obj else self.readonly_fields

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = scope_of(request).user
        return form

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        """A new one goes through its service, which closes what has ended and settles races. A
        sensitive service asks for a proof of who gives it, and who administers it is told."""
        if services.sensitive_of(obj.scopes):
            require_step_up(request)
        by, now = scope_of(request).user, timezone.now()
        if change:
            super().save_model(request, obj, form, change)
            if form.changed_data:
                services.tell_of_grant(obj, by=by, at=now)
            return
        place = obj.company or obj.unit
        assert place is not None  # noqa: S101 - the form has seen to it
        made = services.grant_access(
            obj.user, place, level=obj.level, scopes=obj.scopes, valid_from=obj.valid_from,
            valid_until=obj.valid_until, by=by, at=now, request=request,
        )  # fmt: skip
        obj.pk = made.pk
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("services"))
    def shown_services(self, grant: Grant) -> str:
        return grant.services_text

    @admin.display(description=gettext_lazy("unit or company"))
    def place(self, grant: Grant) -> str:
        return str(grant.unit or grant.company)

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def in_force(self, grant: Grant) -> bool:
        return grant.is_in_force(timezone.now())

    @admin.action(description=gettext_lazy("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        by, at, done = scope_of(request).user, timezone.now(), 0
        for grant in queryset.filter(pk__in=Grant.objects.not_ended(at)).select_related("unit"):
            services.revoke_grant(grant, at=at, by=by, request=request)
            done += 1
        text = ngettext("%(n)d grant was revoked.", "%(n)d grants were revoked.", done) % {
            "n": done
        }
        messages.success(request, text)
