"""\"Relatórios Faturamento\" and \"Relatórios em Anexo\": unit, period, Selecionar."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from invoices.forms.filters import DocumentFilter
from invoices.models import DocumentType
from invoices.services.listing import ORDER, rows
from invoices.views.requests import scope_for
from invoices.views.rows import row_for
from portal.periods import format_period
from portal.ui.lists import Column, Export, list_page
from portal.ui.pages import query_string

Kind = DocumentType.Kind
DOCUMENT = Column("document", _("Document"), ("number", "pk"))
UNIT = Column("unit", _("Unit"), ("unit__code", "pk"))
PERIOD = Column("period", _("Period"), ("period", "pk"))
DUE = Column("due", _("Due date"))
AMOUNT = Column("amount", _("Amount"), ("amount", "pk"), numeric=True)
UNTIL = Column("until", _("Available until"), ("available_until", "pk"))
RELEASE = Column("release", _("Release"))
ACTIONS = Column("actions", _("Actions"), spoken=True)
COLUMNS: dict[str, list[Column]] = {
    Kind.INVOICE: [DOCUMENT, UNIT, PERIOD, DUE, AMOUNT, UNTIL, RELEASE, ACTIONS],
    Kind.REPORT: [DOCUMENT, UNIT, PERIOD, UNTIL, ACTIONS],
}
TITLES = {Kind.INVOICE: _("Billing reports"), Kind.REPORT: _("Attached reports")}


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    return _list(request, Kind.INVOICE)


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    return _list(request, Kind.REPORT)


def _list(request: HttpRequest, kind: DocumentType.Kind) -> HttpResponse:
    scope = scope_for(request)
    form = DocumentFilter(request.GET, scope=scope, kind=kind)
    found = rows(form.documents(), scope.user)
    page = list_page(
        request, found, title=TITLES[kind], columns=_columns(form), order=ORDER, form=form,
        prepare=row_for(scope), figures=form.figures(), exports=_exports(kind),
    )  # fmt: skip
    context = {
        "page": page, "months": _months(request, form), "selected": form.months_text(),
        "several_months": form.has_several_months, "is_invoices": kind == Kind.INVOICE,
        "no_units": scope.units == (), "why_nothing": "" if page.rows else form.why_nothing(),
    }  # fmt: skip
    return render(request, "invoices/list.html", context)


def _columns(form: DocumentFilter) -> list[Column]:
    """Everybody's documents are sorted by what an index gives alone: there may be millions."""
    columns = [c for c in COLUMNS[form.kind] if c is not PERIOD or form.has_several_months]
    if form.scope.units is None and form.unit_key is None:
        return [column if column is PERIOD else replace(column, order=()) for column in columns]
    return columns


def _exports(kind: DocumentType.Kind) -> list[Export]:
    fixed = {"kind": kind.value}
    return [
        Export(_("Documents (ZIP)"), "invoices:export_zip", "file-earmark-zip", fixed),
        Export(_("List (Excel)"), "invoices:export_xlsx", "file-earmark-spreadsheet", fixed),
        Export(_("List (CSV)"), "invoices:export_csv", "file-earmark-text", fixed),
    ]


def _months(request: HttpRequest, form: DocumentFilter) -> list[tuple[str, str]]:
    """Each month that has documents, ``mm/aaaa``, and the address of the same list of that month."""
    texts = [format_period(month) for month in form.overview.months]
    return [
        (text, query_string(request.GET, period=text, until=None, cursor=None)) for text in texts
    ]
