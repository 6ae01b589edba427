"""Publishing in bulk: the pages of a batch's life."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from certificates.services import NoSigner
from invoices.forms.batches import BatchForm
from invoices.models import Batch
from invoices.services.batch_actions import publish, receive
from invoices.services.batch_mails import mails_leave_at
from invoices.services.batch_reports import (
    ROW_RELATIONS,
    examples,
    prepared,
)
from invoices.services.manifest import COLUMNS
from portal.accounts.scope import scope_of
from portal.batches import services
from portal.batches import views as pages
from portal.batches.forms import OutcomeFilter
from portal.batches.reports import figures
from portal.permissions import staff_required
from portal.sheets.downloads import download_template
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, ListPage, list_page

may_publish = staff_required("invoices.publish_document")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 10  # rows on the page of the batch itself
A_PAGE = 50
BATCHES = [
    Column("batch", gettext_lazy("Batch")),
    Column("state", gettext_lazy("State")),
    Column("rows", gettext_lazy("Rows"), numeric=True),
    Column("errors", gettext_lazy("Errors"), numeric=True),
    Column("by", gettext_lazy("Handed in by")),
    Column("at", gettext_lazy("Handed in at"), ("pk",)),
]
ROWS = [
    Column("line", gettext_lazy("Row")),
    Column("outcome", gettext_lazy("Outcome")),
    Column("unit", gettext_lazy("Unit")),
    Column("document", gettext_lazy("Document")),
    Column("due", gettext_lazy("Due date")),
    Column("amount", gettext_lazy("Amount"), numeric=True),
]


@require_safe
@may_publish
def batches(request: HttpRequest) -> HttpResponse:
    """All batches, newest first."""
    found = Batch.objects.select_related("created_by")
    page = list_page(
        request, found, title=gettext_lazy("Publishing"), columns=BATCHES, order=("-pk",)
    )
    return render(request, "invoices/batches/list.html", {"page": page})


@get_or_post
@may_publish
def batch_new(request: HttpRequest) -> HttpResponse:
    """Hand in a zip with its manifest."""
    form = BatchForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        batch, new = receive(
            values["file"], values["manifest"], name=values["name"], by=scope_of(request).user, request=request
        )  # fmt: skip
        if not new:
            messages.info(request, _("This zip was already handed in; this is its batch."))
        return redirect("invoices:batch", batch.pk)
    return render(request, "invoices/batches/new.html", {"form": form})


@require_safe
@may_publish
def batch_template(request: HttpRequest, extension: str) -> HttpResponse:  # noqa: ARG001
    """A manifest to start from."""
    return download_template(COLUMNS, examples(), name=f"manifesto.{extension}")


@require_safe
@may_publish
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a batch stands, what would come of it, and what can be done with it."""
    found = get_object_or_404(Batch.objects.select_related("created_by"), pk=pk)
    shown = "error" if found.counts.get("error") else ""
    form = OutcomeFilter({"outcome": shown}, batch=found)
    context = {
        "batch": found, "figures": figures(found), "shown": shown,
        "page": _rows_page(request, form, SHOWN), "mails_leave_at": _mails_wait_until(found),
    }  # fmt: skip
    return render(request, "invoices/batches/batch.html", context)


def _mails_wait_until(batch: Batch) -> datetime | None:
    """When clients are told of a batch that was just published; None once they were."""
    is_published = batch.status == Batch.Status.APPLIED
    leaves = mails_leave_at(batch) if is_published else None
    return leaves if leaves and leaves > timezone.now() else None


@require_safe
@may_publish
def batch_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the work has come, as a fragment."""
    return pages.progress(request, get_object_or_404(Batch, pk=pk))


@require_safe
@may_publish
def batch_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Row by row, by outcome."""
    found = get_object_or_404(Batch, pk=pk)
    page = _rows_page(request, OutcomeFilter(request.GET, batch=found), A_PAGE)
    return render(request, "invoices/batches/rows.html", {"batch": found, "page": page})


def _rows_page(request: HttpRequest, form: OutcomeFilter, size: int) -> ListPage:
    return list_page(
        request, form.rows().select_related(*ROW_RELATIONS),
        title=_("Rows of %(name)s") % {"name": form.batch.name}, columns=ROWS, order=("line",),
        form=form, prepare=prepared, figures=form.known_figures(), size=size,
    )  # fmt: skip


@require_safe
@may_publish
def batch_errors(request: HttpRequest, pk: int) -> HttpResponseBase:  # noqa: ARG001
    """A manifest of the rows to correct, with their errors."""
    return pages.errors_file(get_object_or_404(Batch, pk=pk), COLUMNS)


@get_or_post
@may_publish
def batch_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then have the batch published."""
    found = get_object_or_404(Batch, pk=pk)
    by, now = scope_of(request).user, timezone.now()
    return pages.confirmed(
        request, found, "invoices/batches/publish.html",
        lambda: publish(found, by=by, at=now, request=request),
        done=_("The batch is being published."), refusals=(IllegalTransition, NoSigner),
    )  # fmt: skip


@get_or_post
@may_publish
def batch_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then have the batch undone."""
    found = get_object_or_404(Batch, pk=pk)
    by, now = scope_of(request).user, timezone.now()
    return pages.confirmed(
        request, found, "invoices/batches/undo.html",
        lambda: services.undo(found, by=by, at=now, request=request),
        done=_("The batch is being undone."),
    )  # fmt: skip


@get_or_post
@may_publish
def batch_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then give the batch up."""
    return pages.discard(request, get_object_or_404(Batch, pk=pk), by=scope_of(request).user)


@get_or_post
@may_publish
def batch_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then queue work that was given up once more."""
    return pages.go_on(request, get_object_or_404(Batch, pk=pk), by=scope_of(request).user)


@get_or_post
@may_publish
def batch_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end work that does not come to its end."""
    return pages.stop(request, get_object_or_404(Batch, pk=pk), by=scope_of(request).user)
