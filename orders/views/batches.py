"""Import of orders: hand in a spreadsheet, look it over, carry it out, undo it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders.forms.batches import OrderBatchForm
from orders.models import OrderBatch
from orders.models.orders import IMPORT
from orders.services.importing import receive
from orders.services.order_columns import COLUMNS, EXAMPLES
from portal.accounts.scope import scope_of
from portal.batches import services
from portal.batches import views as pages
from portal.batches.forms import OutcomeFilter
from portal.batches.reports import figures
from portal.permissions import staff_required
from portal.sheets.downloads import download_template
from portal.ui.lists import Column, ListPage, list_page

may_import = staff_required(IMPORT)
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 10  # rows on the page of the batch itself
BATCHES = [
    Column("batch", pgettext_lazy("list of imports", "Import")),
    Column("state", gettext_lazy("State")),
    Column("rows", gettext_lazy("Rows"), numeric=True),
    Column("errors", gettext_lazy("Errors"), numeric=True),
    Column("by", gettext_lazy("Handed in by")),
    Column("at", gettext_lazy("Handed in at"), ("pk",)),
]
ROWS = [
    Column("line", gettext_lazy("Row")),
    Column("outcome", gettext_lazy("Outcome")),
    Column("order", gettext_lazy("Order")),
    Column("holder", gettext_lazy("Holder")),
    Column("product", gettext_lazy("Product")),
    Column("status", gettext_lazy("Status")),
]


@require_safe
@may_import
def batches(request: HttpRequest) -> HttpResponse:
    """All imports, newest first."""
    page = list_page(
        request, OrderBatch.objects.select_related("created_by"), title=_("Imports of orders"),
        columns=BATCHES, order=("-pk",),
    )  # fmt: skip
    return render(request, "orders/batches/list.html", {"page": page})


@get_or_post
@may_import
def batch_new(request: HttpRequest) -> HttpResponse:
    form = OrderBatchForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        batch, new = receive(
            form.cleaned_data["file"], name=form.cleaned_data["name"], by=scope_of(request).user,
            request=request,
        )  # fmt: skip
        if not new:
            messages.info(request, _("This file was already handed in; this is its import."))
        return redirect(batch)
    return render(request, "orders/batches/new.html", {"form": form})


@require_safe
@may_import
def batch_template(request: HttpRequest, extension: str) -> HttpResponse:  # noqa: ARG001
    """A spreadsheet to start from."""
    return download_template(COLUMNS, EXAMPLES, name=f"pedidos.{extension}")


@require_safe
@may_import
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands, what would come of it, and what can be done with it."""
    found = get_object_or_404(OrderBatch.objects.select_related("created_by"), pk=pk)
    shown = "error" if found.counts.get("error") else ""
    form = OutcomeFilter({"outcome": shown}, batch=found)
    context = {
        "batch": found, "figures": figures(found), "shown": shown,
        "page": _rows_page(request, form, SHOWN),
    }  # fmt: skip
    return render(request, "orders/batches/batch.html", context)


@require_safe
@may_import
def batch_progress(request: HttpRequest, pk: int) -> HttpResponse:
    return pages.progress(request, get_object_or_404(OrderBatch, pk=pk))


@require_safe
@may_import
def batch_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Row by row, by outcome."""
    found = get_object_or_404(OrderBatch, pk=pk)
    page = _rows_page(request, OutcomeFilter(request.GET, batch=found), 50)
    return render(request, "orders/batches/rows.html", {"batch": found, "page": page})


def _rows_page(request: HttpRequest, form: OutcomeFilter, size: int) -> ListPage:
    return list_page(
        request, form.rows().select_related("order"),
        title=_("Rows of %(name)s") % {"name": form.batch.name}, columns=ROWS, order=("line",),
        form=form, figures=form.known_figures(), size=size,
    )  # fmt: skip


@require_safe
@may_import
def batch_errors(request: HttpRequest, pk: int) -> HttpResponseBase:  # noqa: ARG001
    """The rows to correct, with their errors."""
    return pages.errors_file(get_object_or_404(OrderBatch, pk=pk), COLUMNS)


@get_or_post
@may_import
def batch_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then bring the orders in."""
    found, by = get_object_or_404(OrderBatch, pk=pk), scope_of(request).user
    return pages.confirmed(
        request, found, "orders/batches/apply.html",
        lambda: services.apply(found, by=by, at=timezone.now(), request=request),
        done=_("The orders are being brought in."),
    )  # fmt: skip


@get_or_post
@may_import
def batch_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take out again what nobody has worked on."""
    found, by = get_object_or_404(OrderBatch, pk=pk), scope_of(request).user
    return pages.confirmed(
        request, found, "orders/batches/undo.html",
        lambda: services.undo(found, by=by, at=timezone.now(), request=request),
        done=_("The import is being undone."),
    )  # fmt: skip


@get_or_post
@may_import
def batch_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return pages.discard(request, get_object_or_404(OrderBatch, pk=pk), by=scope_of(request).user)


@get_or_post
@may_import
def batch_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    return pages.go_on(request, get_object_or_404(OrderBatch, pk=pk), by=scope_of(request).user)


@get_or_post
@may_import
def batch_stop(request: HttpRequest, pk: int) -> HttpResponse:
    return pages.stop(request, get_object_or_404(OrderBatch, pk=pk), by=scope_of(request).user)
