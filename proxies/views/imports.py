"""Import of accesses: hand in a spreadsheet, look it over, carry it out, undo it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import Company
from portal.accounts.scope import scope_of
from portal.batches import services
from portal.batches import views as pages
from portal.batches.forms import OutcomeFilter
from portal.batches.models import BatchStatus
from portal.batches.reports import figures
from portal.bodies import stays_in_memory
from portal.sheets.downloads import download_template
from portal.step_up import require_step_up
from portal.ui.lists import Column, ListPage, list_page
from portal.vault.errors import VaultError
from proxies.forms.imports import ImportForm
from proxies.models import ProxyBatch
from proxies.services.import_columns import COLUMNS, EXAMPLES, SECRETS
from proxies.services.importing import receive, that_stayed
from proxies.views.own import ADMINISTER, OPERATE, may, office_for

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 10  # rows on the page of the import itself
STAYED = 20  # accesses named there that an undone import left
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
    Column("name", gettext_lazy("Name")),
    Column("agency", gettext_lazy("Agency")),
    Column("holder", gettext_lazy("Holder")),
    Column("secrets", gettext_lazy("Secrets")),
]
# What is written, without the secrets: who corrects it does so in the file that they have.
CORRECTED = [column for column in COLUMNS if column.name not in SECRETS]


@require_safe
def batches(request: HttpRequest, office: int) -> HttpResponse:
    """All imports of the office, newest first."""
    chosen = office_for(request, office, OPERATE)
    page = list_page(
        request, ProxyBatch.objects.filter(office=chosen).select_related("created_by"),
        title=_("Imports of accesses"), columns=BATCHES, order=("-pk",),
    )  # fmt: skip
    return render(request, "proxies/imports/list.html", {"office": chosen, "page": page})


@stays_in_memory
@get_or_post
def new_batch(request: HttpRequest, office: int) -> HttpResponse:
    """The file is read and checked here, and kept nowhere."""
    chosen = office_for(request, office, OPERATE)
    form = ImportForm(request.POST or None, request.FILES or None)
    sent = request.method == "POST" and form.is_valid()
    if sent and (found := _received(request, chosen, form)):
        return redirect(found)
    return render(request, "proxies/imports/new.html", {"office": chosen, "form": form})


def _received(request: HttpRequest, office: Company, form: ImportForm) -> ProxyBatch | None:
    """Read it; None with the error in the form where that is not possible."""
    try:
        batch, new = receive(
            office, form.cleaned_data["file"], name=form.cleaned_data["name"],
            by=scope_of(request).user, at=timezone.now(), request=request,
        )  # fmt: skip
    except ValidationError as error:
        form.add_error("file", error)
        return None
    except VaultError:
        text = _(
            "The secrets could not be sealed, so nothing was saved. Tell whoever runs the portal."
        )
        form.add_error(None, text)
        return None
    if not new:
        messages.info(request, _("This file was already handed in; this is its import."))
    return batch


@require_safe
def batch_template(request: HttpRequest, office: int, extension: str) -> HttpResponse:
    """A spreadsheet to start from."""
    office_for(request, office, OPERATE)
    return download_template(COLUMNS, EXAMPLES, name=f"acessos.{extension}")


@require_safe
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands, what would come of it, and what can be done with it."""
    found = _batch(request, pk)
    shown = "error" if found.counts.get("error") else ""
    form = OutcomeFilter({"outcome": shown}, batch=found)
    context = {
        "batch": found, "office": found.office, "figures": figures(found), "shown": shown,
        "page": _rows_page(request, form, SHOWN),
        "stayed": that_stayed(found)[:STAYED] if found.kept else [],
        "may_undo": found.can_be_undone and may(request, found.office, ADMINISTER),
    }  # fmt: skip
    return render(request, "proxies/imports/batch.html", context)


@require_safe
def batch_progress(request: HttpRequest, pk: int) -> HttpResponse:
    return pages.progress(request, _batch(request, pk))


@require_safe
def batch_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Row by row, by outcome."""
    found = _batch(request, pk)
    page = _rows_page(request, OutcomeFilter(request.GET, batch=found), 50)
    context = {"batch": found, "office": found.office, "page": page}
    return render(request, "proxies/imports/rows.html", context)


def _rows_page(request: HttpRequest, form: OutcomeFilter, size: int) -> ListPage:
    return list_page(
        request, form.rows().select_related("proxy").defer("sealed"),
        title=_("Rows of %(name)s") % {"name": form.batch.name}, columns=ROWS, order=("line",),
        form=form, figures=form.known_figures(), size=size,
    )  # fmt: skip


@require_safe
def batch_errors(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows to correct, with their errors and without their secrets."""
    return pages.errors_file(_batch(request, pk), CORRECTED)


@get_or_post
def batch_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then register the accesses."""
    found, by = _batch(request, pk), scope_of(request).user
    return pages.confirmed(
        request, found, "proxies/imports/apply.html",
        lambda: services.apply(found, by=by, at=timezone.now(), request=request),
        done=_("The accesses are being registered."),
    )  # fmt: skip


@get_or_post
def batch_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then destroy what it registered and nobody has changed: as destroying one access does,
    this takes an administrator who proves who they are."""
    found, by = _batch(request, pk, level=ADMINISTER), scope_of(request).user
    require_step_up(request)
    return pages.confirmed(
        request, found, "proxies/imports/undo.html",
        lambda: services.undo(found, by=by, at=timezone.now(), request=request),
        done=_("The import is being undone."),
    )  # fmt: skip


@get_or_post
def batch_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return pages.discard(request, _batch(request, pk), by=scope_of(request).user)


@get_or_post
def batch_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    found = _batch(request, pk)
    if found.status == BatchStatus.UNDOING:
        found = _batch(request, pk, level=ADMINISTER)
        require_step_up(request)
    return pages.go_on(request, found, by=scope_of(request).user)


@get_or_post
def batch_stop(request: HttpRequest, pk: int) -> HttpResponse:
    return pages.stop(request, _batch(request, pk), by=scope_of(request).user)


def _batch(request: HttpRequest, pk: int, *, level: str = OPERATE) -> ProxyBatch:
    """An import of an office in which the person has this level."""
    found = ProxyBatch.objects.visible_to(scope_of(request).user)
    batch = get_object_or_404(found.select_related("created_by", "office"), pk=pk)
    if not may(request, batch.office, level):
        raise PermissionDenied
    return batch
