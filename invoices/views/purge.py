"""The purge report: what was removed, when, and what is left of it."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from invoices.models import PurgeRun
from invoices.services.purge_reports import first_totals, waiting
from invoices.services.remains import COLUMNS, rows_of
from portal.permissions import staff_required
from portal.sheets.downloads import download
from portal.ui.lists import Column, Figures, list_page

RUNS = [
    Column("started", _("Started at"), ("pk",)),
    Column("state", _("State")),
    Column("removed", _("Documents removed"), numeric=True),
    Column("freed", _("Bytes freed"), numeric=True),
    Column("failures", _("Failures"), numeric=True),
]
REMOVED = [
    Column("document", _("Document")),
    Column("unit", _("Unit")),
    Column("amount", _("Amount and due date"), numeric=True),
    Column("answers", _("Release")),
    Column("published", _("Published, available until")),
    Column("seen", _("First seen at")),
]
may_see = staff_required("invoices.view_purgerun")


@may_see
def purge_runs(request: HttpRequest) -> HttpResponse:
    """The runs, newest first, and whether something still waits."""
    now = timezone.now()
    page = list_page(
        request, PurgeRun.objects.all(), title=_("Purge reports"), columns=RUNS, order=("-pk",),
        prepare=lambda run: {"run": run, "interrupted": run.was_interrupted(now)},
    )  # fmt: skip
    return render(request, "invoices/purge/runs.html", {"page": page, "waiting": waiting(now)})


@may_see
def purge_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: its totals and its tombstones."""
    run = get_object_or_404(PurgeRun, pk=pk)
    tombstones = run.tombstones.select_related("unit__company", "release_by", "contested_by")
    page = list_page(
        request, tombstones, title=_("Documents removed"), columns=REMOVED, order=("-pk",),
        figures=Figures(run.removed),
    )  # fmt: skip
    totals, more_totals = first_totals(run)
    context = {
        "run": run, "page": page, "totals": totals, "more_totals": more_totals,
        "interrupted": run.was_interrupted(timezone.now()),
    }  # fmt: skip
    return render(request, "invoices/purge/run.html", context)


@may_see
def purge_run_csv(request: HttpRequest, pk: int) -> HttpResponseBase:  # noqa: ARG001
    """The run's tombstones as a file, streamed."""
    run = get_object_or_404(PurgeRun, pk=pk)
    name = f"expurgo-{timezone.localtime(run.started_at):%Y-%m-%d}-{run.pk}.csv"
    return download(COLUMNS, rows_of(run.tombstones.all()), name=name)
