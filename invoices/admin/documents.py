"""Administration of documents: found, looked at, held and freed here; published elsewhere."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from invoices.admin.holds import HoldAdmin
from invoices.models import Document, DocumentEvent, DocumentType, PurgeRun, Tombstone
from invoices.services import finding
from portal.audit.services import record
from portal.periods import format_period
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin, ReadOnlyInline
from portal.ui.search import SearchCriterion

SEARCH_HELP = _(
    "Number or unit's code (or its beginning), words of the client's name, verification code or "
    "SHA-256. Several words narrow down."
)


class SearchedAdmin(BoundedSearch, ReadOnlyAdmin):
    """Documents and what is left of them are searched alike."""

    search_help_text = SEARCH_HELP
    # Of a unit or a client the newest first.
    newest: tuple[str, ...] = ("-pk",)

    def criteria(self, text: str) -> list[SearchCriterion]:
        return finding.criteria(text, newest=self.newest)

    @admin.display(description=_("period"))
    def month(self, obj: Document | Tombstone) -> str:
        return format_period(obj.period)


@admin.register(DocumentType)
class DocumentTypeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "code", "kind", "retention_months", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "code")

    def save_model(self, request: HttpRequest, obj: DocumentType, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(
            "documenttype.changed" if change else "documenttype.added", target=obj, request=request,
            data={"retention_months": obj.retention_months, "is_active": obj.is_active},
        )  # fmt: skip


class DocumentEventInline(ReadOnlyInline):
    model = DocumentEvent
    fields = readonly_fields = ("at", "kind", "user", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentEvent]:
        return super().get_queryset(request).select_related("user")


@admin.register(Document)
class DocumentAdmin(HoldAdmin, SearchedAdmin):
    keyset_order = ("-period", "-pk")
    list_display = (
        "number", "type", "unit", "month", "status", "available_until", "legal_hold", "page",
    )  # fmt: skip
    list_select_related = ("type", "unit")
    search_help_text = _(
        "Number or unit's code (or its beginning), words of the client's name, amount (1.234,56), "
        "verification code or SHA-256. Several words narrow down."
    )
    newest = ("-period", "-pk")
    list_filter = ("status", "release", "legal_hold", "type")
    inlines = (DocumentEventInline,)
    fieldsets = (
        (None, {"fields": (
            "page", "type", "unit", "month", "number", "version", "status", "replaces", "amount",
            "due_date",
        )}),
        (_("File and signature"), {"fields": (
            "file_name", "content_type", "size", "sha256", "verification_code", "signature",
            "signed_by", "signed_at", "signed_by_demo",
        )}),
        (_("Availability"), {"fields": (
            "published_at", "published_by", "available_until", "legal_hold", "legal_hold_reason",
            "noticed_at",
        )}),
        (_("Release"), {"fields": ("release", "release_by", "release_at", "release_reason")}),
    )  # fmt: skip

    def criteria(self, text: str) -> list[SearchCriterion]:
        return [*finding.amount_criteria(text), *super().criteria(text)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        """What is past its end is invisible here too."""
        documents: QuerySet[Document] = super().get_queryset(request)
        return documents & Document.objects.fetchable(at=timezone.now())

    @admin.display(description=_("amount"))
    def amount(self, obj: Document) -> str:
        return obj.amount_text or "–"

    @admin.display(description=_("page"))
    def page(self, obj: Document) -> SafeString:
        return format_html('<a href="{}">{}</a>', obj.get_absolute_url(), _("Open the page"))


@admin.register(Tombstone)
class TombstoneAdmin(SearchedAdmin):
    list_display = (
        "number", "type_name", "unit", "month", "version", "published_at", "available_until",
        "removed_at",
    )  # fmt: skip
    list_select_related = ("unit",)
    readonly_fields = ("month",)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        """The admin links a row to its run without asking who may see runs."""
        return ("period",) if request.user.has_perm("invoices.view_purgerun") else ("period", "run")


@admin.register(PurgeRun)
class PurgeRunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "finished_at", "removed", "failures", "report")
    readonly_fields = ("report",)

    @admin.display(description=_("report"))
    def report(self, obj: PurgeRun) -> SafeString:
        url = reverse("invoices:purge_run", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', url, _("Open the report"))
