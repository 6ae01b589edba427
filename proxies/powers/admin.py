"""Administration of powers of attorney: to look at. What changes them is on their own pages."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.public_codes import clean_code
from portal.taxid import is_cnpj, is_cpf, normalise
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin, ReadOnlyInline
from portal.ui.admin_columns import text_column, work_column
from portal.ui.search import SearchCriterion
from proxies.powers.models import VIEW, Power, PowerStep


class PowerStepInline(ReadOnlyInline):
    """What happened to a power, and when."""

    model = PowerStep
    fields = readonly_fields = ("at", "kind", "user", "note")
    seen_with = VIEW


@admin.register(Power)
class PowerAdmin(BoundedSearch, ReadOnlyAdmin):
    """Drafts are nobody's business but that of who makes them."""

    keyset_order = ("-created_at", "-pk")
    list_display = ("shown_code", "grantor_name", "grantee_name", "status", "ends_on", "work")
    list_filter = ("status", "level")
    search_help_text = _("Code; CPF or CNPJ; words of the name of either side.")
    fields = (
        "shown_code", "its_company", "shown_cnpj", "grantor_name", "signer_name", "masked_signer_cpf",
        "grantee_name", "masked_grantee_cpf", "office_cnpj", "services_text", "level", "starts_on",
        "ends_on", "status", "status_note", "means", "created_at", "granted_at", "accepted_at",
        "ended_at", "record_sha256",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (PowerStepInline,)
    its_company = text_column("company", Power)
    work = work_column

    def get_queryset(self, request: HttpRequest) -> QuerySet[Power]:
        found = super().get_queryset(request).exclude(status=Power.Status.DRAFT)
        return found.select_related("company").defer("record", "signature")

    def criteria(self, text: str) -> list[SearchCriterion]:
        if code := clean_code(text):
            return [SearchCriterion(Q(code=code))]
        number = normalise(text)
        if is_cpf(number):
            return [SearchCriterion(Q(grantee_cpf=number)), SearchCriterion(Q(signer_cpf=number))]
        if is_cnpj(number):
            return [SearchCriterion(Q(cnpj=number)), SearchCriterion(Q(office_cnpj=number))]
        return [
            SearchCriterion(Q(grantor_name__words=text)),
            SearchCriterion(Q(grantee_name__words=text)),
        ]

    @admin.display(description=_("code"))
    def shown_code(self, power: Power) -> str:
        return power.shown_code

    @admin.display(description=_("CNPJ"))
    def shown_cnpj(self, power: Power) -> str:
        return power.shown_cnpj

    @admin.display(description=_("CPF of the responsible person"))
    def masked_signer_cpf(self, power: Power) -> str:
        return power.masked_signer_cpf

    @admin.display(description=_("CPF of the grantee"))
    def masked_grantee_cpf(self, power: Power) -> str:
        return power.masked_grantee_cpf

    @admin.display(description=_("services"))
    def services_text(self, power: Power) -> str:
        return power.services_text
