"""Administration of fiscal notes and of imports: looked at here, worked on in their own pages."""

from typing import cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.models import FiscalNote, NoteBatch, NoteEvent, OrderBatch
from orders.models.notes import NoteQuerySet
from portal.accounts.scope import scope_of
from portal.money import format_brl
from portal.taxid import is_cnpj, is_cpf, normalise
from portal.ui.admin import BoundedSearch, ReadOnlyAdmin, ReadOnlyInline
from portal.ui.admin_columns import text_column, work_column
from portal.ui.search import SearchCriterion


class NoteEventInline(ReadOnlyInline):
    """What happened to a note, as its files said it."""

    model = NoteEvent
    fields = readonly_fields = ("at", "label", "reason", "added_at")
    seen_with = "orders.view_fiscalnote"


@admin.register(FiscalNote)
class FiscalNoteAdmin(BoundedSearch, ReadOnlyAdmin):
    keyset_order = ("-issued_at", "-pk")
    list_display = ("number", "issued_at", "taker_name", "amount", "standing", "work")
    list_filter = ("standing", "layout")
    search_help_text = _("Number or access key of the note, CPF or CNPJ of the taker.")
    fields = (
        "work", "number", "layout", "version", "key", "verification_code", "city", "issued_at",
        "competence", "standing", "is_test", "provider_name", "provider_tax_id", "taker_name",
        "taker_tax_id", "service", "service_code", "amount", "its_order", "tied_at",
        "set_aside_at", "set_aside_why", "sha256", "added_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (NoteEventInline,)
    work = work_column
    its_order = text_column("order", FiscalNote, _("certificate order"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[FiscalNote]:
        found = cast(NoteQuerySet, super().get_queryset(request))
        return found.visible_to(scope_of(request).user)

    def criteria(self, text: str) -> list[SearchCriterion]:
        bare = normalise(text)
        found = [
            SearchCriterion(Q(number=text)),
            SearchCriterion(Q(identity="".join(text.split()))),
        ]
        if is_cpf(bare) or is_cnpj(bare):
            found.append(SearchCriterion(Q(taker_tax_id=bare)))
        return found

    @admin.display(description=_("price of the service"))
    def amount(self, note: FiscalNote) -> str:
        return format_brl(note.service_cents)


class _BatchAdmin(ReadOnlyAdmin):
    list_display = ("name", "status", "total", "created_by", "created_at", "work")
    list_filter = ("status",)
    list_select_related = ("created_by",)
    search_fields = ("name__startswith", "=sha256")
    search_help_text = _("Beginning of the name, or SHA-256 of the file.")
    fields = (
        "work", "name", "status", "problem", "total", "done", "kept", "counts", "sha256", "made_by",
        "created_at", "checked_at", "applied_at",
    )  # fmt: skip
    readonly_fields = fields
    work = work_column
    made_by = text_column("created_by", NoteBatch, _("made by"))


@admin.register(NoteBatch)
class NoteBatchAdmin(_BatchAdmin):
    pass


@admin.register(OrderBatch)
class OrderBatchAdmin(_BatchAdmin):
    pass
