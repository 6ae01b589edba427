"""Publishing in bulk: the pages of a batch's life."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from certificates.services import NoSigner
from invoices.forms.batches import BatchForm
from invoices.models import Batch
from invoices.services import batch_actions as services
from invoices.services import batch_reports as reports
from invoices.views.who import signed_in
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.pages import keyset_page

may_publish = staff_required("invoices.publish_document")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 10


@require_safe
@may_publish
def batches(request: HttpRequest) -> HttpResponse:
    """All batches, newest first."""
    found = Batch.objects.select_related("created_by")
    page = keyset_page(found, order=("-pk",), cursor=request.GET.get("cursor", ""))
    rows = [{"batch": batch, "tone": reports.tone_of(batch)} for batch in page.rows]
    return render(request, "invoices/batches/list.html", {"page": page, "rows": rows})


@get_or_post
@may_publish
def batch_new(request: HttpRequest) -> HttpResponse:
    """Hand in a zip with its manifest."""
    form = BatchForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        batch, new = services.receive(
            values["file"], values["manifest"], name=values["name"], by=signed_in(request), request=request
        )  # fmt: skip
        if not new:
            messages.info(request, _("This zip was already handed in; this is its batch."))
        return redirect("invoices:batch", batch.pk)
    return render(request, "invoices/batches/new.html", {"form": form})


@require_safe
@may_publish
def batch_template(request: HttpRequest, extension: str) -> HttpResponse:  # noqa: ARG001
    """A manifest to start from."""
    data, content_type = {
        "csv": (reports.template_csv, "text/csv; charset=utf-8"),
        "xlsx": (
            reports.template_xlsx,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    }[extension]
    response = HttpResponse(data(), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="manifesto.{extension}"'
    return response


@require_safe
@may_publish
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a batch stands, what would come of it, and what can be done with it."""
    found = get_object_or_404(Batch.objects.select_related("created_by"), pk=pk)
    shown = "error" if found.counts.get("error") else ""
    context = _state(found) | {
        "rows": reports.prepared(list(reports.rows_of(found, shown)[:SHOWN])),
        "shown": shown,
        "figures": reports.figures(found),
    }
    return render(request, "invoices/batches/batch.html", context)


def _state(found: Batch) -> dict[str, object]:
    return {
        "batch": found,
        "tone": reports.tone_of(found),
        "busy": found.status in reports.BUSY,
        "obstacle": services.why_not_publish(found),
    }


@require_safe
@may_publish
def batch_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the work has come; when it is over, the whole page is asked for again."""
    found = get_object_or_404(Batch, pk=pk)
    if not request.headers.get("HX-Request"):
        return redirect("invoices:batch", pk)
    context = _state(found)
    response = render(request, "invoices/batches/_progress.html", context)
    if not context["busy"] or found.problem:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@may_publish
def batch_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Row by row, by outcome."""
    found = get_object_or_404(Batch, pk=pk)
    outcome = request.GET.get("outcome", "")
    rows = reports.rows_of(found, outcome)
    page = keyset_page(rows, order=("line",), cursor=request.GET.get("cursor", ""), size=50)
    context = {
        "batch": found, "page": page, "rows": reports.prepared(page.rows), "outcome": outcome,
        "figures": reports.figures(found),
    }  # fmt: skip
    return render(request, "invoices/batches/rows.html", context)


@require_safe
@may_publish
def batch_errors(request: HttpRequest, pk: int) -> StreamingHttpResponse:  # noqa: ARG001
    """The errors as a file for whoever made the manifest."""
    found = get_object_or_404(Batch, pk=pk)
    response = StreamingHttpResponse(
        reports.errors_csv(found), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="erros-lote-{found.pk}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _confirmed(
    request: HttpRequest, pk: int, template: str, action: Callable[[Batch], None], done: str
) -> HttpResponse:
    """GET asks, POST does; what is no longer possible is said on the batch's page."""
    found = get_object_or_404(Batch, pk=pk)
    if request.method != "POST":
        context = _state(found) | {"figures": reports.figures(found)}
        return render(request, f"invoices/batches/{template}.html", context)
    try:
        action(found)
    except (IllegalTransition, NoSigner) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("invoices:batch", pk)


@get_or_post
@may_publish
def batch_publish(request: HttpRequest, pk: int) -> HttpResponse:
    def publish(found: Batch) -> None:
        services.publish(found, by=signed_in(request), at=timezone.now(), request=request)

    return _confirmed(request, pk, "publish", publish, _("The batch is being published."))


@get_or_post
@may_publish
def batch_undo(request: HttpRequest, pk: int) -> HttpResponse:
    def undo(found: Batch) -> None:
        services.undo(found, by=signed_in(request), at=timezone.now(), request=request)

    return _confirmed(request, pk, "undo", undo, _("The batch is being undone."))


@get_or_post
@may_publish
def batch_discard(request: HttpRequest, pk: int) -> HttpResponse:
    def discard(found: Batch) -> None:
        services.discard(found, by=signed_in(request), request=request)

    return _confirmed(request, pk, "discard", discard, _("The batch was discarded."))
