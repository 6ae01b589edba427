"""Administration of accesses: what they are and how they stand, to look at. No value is shown."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.taxid import is_cnpj, is_cpf, normalise
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin, ReadOnlyInline
from portal.ui.admin_columns import text_column
from portal.ui.search import SearchCriterion
from proxies.models import LeftOffice, Proxy, ProxyEvent, Sphere


class SphereFilter(admin.SimpleListFilter):
    title = _("sphere")
    parameter_name = "sphere"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return list(Sphere.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proxy]) -> QuerySet[Proxy]:  # noqa: ARG002
        return queryset.filter(agency__sphere=self.value()) if self.value() else queryset


class ProxyEventInline(ReadOnlyInline):
    """What happened to an access, and when."""

    model = ProxyEvent
    fields = readonly_fields = ("at", "kind", "user", "note")
    seen_with = "proxies.view_proxy"


@admin.register(Proxy)
class ProxyAdmin(BoundedSearch, ReadOnlyAdmin):
    keyset_order = ("ends_on", "pk")
    list_display = ("name", "its_office", "its_agency", "kind", "status", "ends_on")
    list_filter = ("status", "kind", SphereFilter)
    search_help_text = _(
        "Words of the name of the access or of its office; CNPJ or CPF of the holder."
    )
    fields = (
        "its_office", "its_agency", "kind", "name", "shown_holder", "holder_name", "its_clients",
        "status", "status_note", "value_set_on", "ends_on", "end_is_known", "expired_at",
        "created_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (ProxyEventInline,)
    its_office = text_column("office", Proxy)
    its_agency = text_column("agency", Proxy)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proxy]:
        return super().get_queryset(request).select_related("office", "agency")

    def criteria(self, text: str) -> list[SearchCriterion]:
        number = normalise(text)
        if is_cpf(number) or is_cnpj(number):
            return [SearchCriterion(Q(holder=number))]
        return [SearchCriterion(Q(name__words=text)), SearchCriterion(Q(office__name__words=text))]

    @admin.display(description=_("holder"))
    def shown_holder(self, proxy: Proxy) -> str:
        return proxy.shown_holder

    @admin.display(description=_("clients that it serves"))
    def its_clients(self, proxy: Proxy) -> str:
        return ", ".join(map(str, proxy.clients.all())) or "–"


@admin.register(LeftOffice)
class LeftOfficeAdmin(ReadOnlyAdmin):
    """Offices whose values are destroyed once their days are over."""

    keyset_order = ("-noticed_at", "-pk")
    list_display = ("its_office", "noticed_at", "destroys_at", "destroyed_at")
    fields = readonly_fields = ("its_office", "noticed_at", "destroys_at", "destroyed_at")
    its_office = text_column("office", LeftOffice)

    @admin.display(description=_("values destroyed on"))
    def destroys_at(self, left: LeftOffice) -> object:
        return left.destroys_at or _("never")
