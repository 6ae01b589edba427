"""What the portal still tells of documents whose months of retention are over."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from invoices.forms.removed import RemovedFilter
from invoices.services.export import check_rows
from invoices.services.remains import COLUMNS, ORDER, rows_of
from invoices.views.requests import scope_for
from portal.sheets.downloads import download
from portal.ui.lists import Column, Export, list_page

TITLE = _("Removed documents")
SHOWN = [
    Column("document", _("Document")),
    Column("unit", _("Unit")),
    Column("period", _("Period")),
    Column("due", _("Due date")),
    Column("amount", _("Amount"), numeric=True),
    Column("answers", _("Release")),
    Column("until", _("Available until")),
]
EXPORTS = [
    Export(_("List (Excel)"), "invoices:removed_xlsx", "file-earmark-spreadsheet"),
    Export(_("List (CSV)"), "invoices:removed_csv", "file-earmark-text"),
]


@require_safe
def removed(request: HttpRequest) -> HttpResponse:
    """Who, what, how much, when: all that is left."""
    form = RemovedFilter(request.GET, scope=scope_for(request))
    page = list_page(
        request, form.tombstones(), title=TITLE, columns=SHOWN, order=ORDER, form=form,
        exports=EXPORTS,
    )  # fmt: skip
    return render(request, "invoices/removed/list.html", {"page": page})


@require_safe
def removed_csv(request: HttpRequest) -> HttpResponseBase:
    return _download(request, "csv")


@require_safe
def removed_xlsx(request: HttpRequest) -> HttpResponseBase:
    return _download(request, "xlsx")


def _download(request: HttpRequest, extension: str) -> HttpResponseBase:
    form = RemovedFilter(request.GET, scope=scope_for(request))
    try:
        check_rows(form.tombstones())
    except ValidationError as problem:
        messages.error(request, problem.message)
        return redirect(reverse("invoices:removed", query=request.GET))
    name = f"documentos-removidos_{timezone.localdate():%Y-%m-%d}.{extension}"
    return download(COLUMNS, rows_of(form.tombstones()), name=name, title=str(TITLE))
