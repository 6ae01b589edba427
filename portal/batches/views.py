"""What the pages of every desk's batches do alike; each desk has its own addresses for them.

The names of those addresses begin with ``Batch.URL_NAME``: ``…_rows``, ``…_progress``,
``…_errors``, ``…_undo``, ``…_discard``, ``…_go_on``, ``…_stop``.
"""

from collections.abc import Callable, Sequence
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.batches import services
from portal.batches.models import AbstractBatch
from portal.batches.reports import correction_columns, corrections_of, figures
from portal.sheets.columns import Column
from portal.sheets.downloads import download
from portal.transitions import IllegalTransition
from portal.ui import views as ui


def progress(request: HttpRequest, batch: AbstractBatch) -> HttpResponse:
    """How far the work has come, as a fragment; over, it has the page asked for again."""
    if not request.headers.get("HX-Request"):
        return redirect(batch)
    response = render(request, "batches/_progress.html", {"batch": batch})
    if not batch.is_busy or batch.problem:
        response["HX-Refresh"] = "true"
    return response


def errors_file(batch: AbstractBatch, columns: Sequence[Column]) -> HttpResponseBase:
    """The rows to correct with their errors, in the columns of what was handed in: corrected, the
    file is handed in again."""
    rows = corrections_of(batch, columns)
    return download(correction_columns(columns), rows, name=f"erros-lote-{batch.pk}.csv")


def confirmed(
    request: HttpRequest,
    batch: AbstractBatch,
    template: str,
    act: Callable[[], None],
    *,
    done: str,
    refusals: tuple[type[Exception], ...] = (IllegalTransition,),
) -> HttpResponse:
    """GET asks with ``template``, POST does; what is not possible is said on the batch's page."""
    asks = request.method != "POST"  # the figures cost a query that only the question needs
    back = batch.get_absolute_url()
    context = {"batch": batch, "back": back, "figures": figures(batch)} if asks else {}
    return ui.confirmed(request, template, context, act, done=done, to=back, refused=refusals)


def discard(request: HttpRequest, batch: AbstractBatch, *, by: User) -> HttpResponse:
    """Ask, then give up what was not carried out."""
    act = partial(services.discard, batch, by=by, at=timezone.now(), request=request)
    return confirmed(
        request, batch, "batches/discard.html", act, done=_("The batch was discarded.")
    )


def go_on(request: HttpRequest, batch: AbstractBatch, *, by: User) -> HttpResponse:
    """Ask, then queue work that was given up once more."""
    act = partial(services.go_on, batch, by=by, at=timezone.now(), request=request)
    return confirmed(request, batch, "batches/go_on.html", act, done=_("The work goes on."))


def stop(request: HttpRequest, batch: AbstractBatch, *, by: User) -> HttpResponse:
    """Ask, then end work that does not come to its end."""
    act = partial(services.stop, batch, by=by, at=timezone.now(), request=request)
    return confirmed(request, batch, "batches/stop.html", act, done=_("The work was stopped."))
