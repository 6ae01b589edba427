"""Return files: handed in, looked over, posted, undone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.scope import scope_of
from portal.batches import services
from portal.batches import views as pages
from portal.batches.forms import OutcomeFilter
from portal.batches.reports import figures
from portal.money import format_brl
from portal.payments.banks.cnab_words import bank_says
from portal.payments.forms.files import ReturnFileForm
from portal.payments.models import BankFile, BankFileRow
from portal.payments.services import return_files
from portal.periods import format_day, parse_day
from portal.permissions import staff_required
from portal.ui.lists import Column, ListPage, list_page

may_import = staff_required("payments.import_bankfile")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN, A_PAGE = 10, 50
FILES = [
    Column("file", gettext_lazy("Return file")),
    Column("state", gettext_lazy("State")),
    Column("agreement", gettext_lazy("Agreement")),
    Column("rows", gettext_lazy("Events"), numeric=True),
    Column("by", gettext_lazy("Handed in by")),
    Column("at", gettext_lazy("Handed in at"), ("pk",)),
]
ROWS = [
    Column("line", gettext_lazy("Line of the file")),
    Column("outcome", gettext_lazy("Outcome")),
    Column("number", gettext_lazy("Number (nosso número)")),
    Column("said", gettext_lazy("The bank says")),
    Column("days", gettext_lazy("Paid, credited")),
    Column("paid", gettext_lazy("Paid"), numeric=True),
    Column("fee", gettext_lazy("Fee"), numeric=True),
]


@require_safe
@may_import
def bank_files(request: HttpRequest) -> HttpResponse:
    """All return files, newest first."""
    found = BankFile.objects.select_related("created_by", "agreement")
    page = list_page(
        request, found, title=gettext_lazy("Return files"), columns=FILES, order=("-pk",)
    )
    return render(request, "payments/returns/list.html", {"page": page})


@get_or_post
@may_import
def bank_file_new(request: HttpRequest) -> HttpResponse:
    """Hand in a return file."""
    form = ReturnFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        found, new = return_files.receive(
            file, name=file.name, by=scope_of(request).user, request=request
        )
        if not new:
            messages.info(request, _("This file was handed in before; this is its import."))
        return redirect(found)
    return render(request, "payments/returns/new.html", {"form": form})


@require_safe
@may_import
def bank_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands, what its events would do, or did, and what can be done with it."""
    found = get_object_or_404(BankFile.objects.select_related("created_by", "agreement"), pk=pk)
    form = OutcomeFilter({"outcome": ""}, batch=found)
    context = {
        "batch": found, "figures": [f for f in figures(found) if f["count"]],
        "page": _rows_page(request, form, SHOWN),
        "paid": format_brl(return_files.paid_total(found)),
        "differences": found.differences.filter(status="open").count(),
    }  # fmt: skip
    return render(request, "payments/returns/file.html", context)


@require_safe
@may_import
def bank_file_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the work has come, as a fragment."""
    return pages.progress(request, get_object_or_404(BankFile, pk=pk))


@require_safe
@may_import
def bank_file_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Event by event, by outcome."""
    found = get_object_or_404(BankFile, pk=pk)
    page = _rows_page(request, OutcomeFilter(request.GET, batch=found), A_PAGE)
    return render(request, "payments/returns/rows.html", {"batch": found, "page": page})


def _rows_page(request: HttpRequest, form: OutcomeFilter, size: int) -> ListPage:
    return list_page(
        request, form.rows().select_related("slip__charge", "batch"),
        title=_("Events of %(name)s") % {"name": form.batch.name}, columns=ROWS, order=("line",),
        form=form, prepare=prepared, figures=form.known_figures(), size=size,
    )  # fmt: skip


def prepared(row: BankFileRow) -> dict[str, Any]:
    """An event as the page shows it."""
    values, file = row.values, row.batch
    days = [format_day(parse_day(values[name])) if values[name] else "–"
            for name in ("occurred_on", "credited_on")]  # fmt: skip
    paid = bool(values["paid"])
    return {
        "line": values["line"], "number": row.number, "outcome": row.get_outcome_display(),
        "tone": BankFileRow.OUTCOME_TONES.get(row.outcome, "info"), "errors": row.errors,
        "charge": row.slip.charge if row.slip else None,
        "said": bank_says(file.bank, file.width, values["movement"], values["reasons"]),
        "days": " · ".join(days) if paid else days[0],
        "paid": format_brl(values["paid"]) if paid else "–",
        "fee": format_brl(values["fee"]) if values["fee"] else "–",
    }  # fmt: skip


@get_or_post
@may_import
def bank_file_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then have the file posted."""
    found = get_object_or_404(BankFile, pk=pk)
    by, now = scope_of(request).user, timezone.now()
    return pages.confirmed(
        request, found, "payments/returns/apply.html",
        lambda: services.apply(found, by=by, at=now, request=request),
        done=_("The file is being posted."),
    )  # fmt: skip


@get_or_post
@may_import
def bank_file_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then have the import undone."""
    found = get_object_or_404(BankFile, pk=pk)
    by, now = scope_of(request).user, timezone.now()
    return pages.confirmed(
        request, found, "payments/returns/undo.html",
        lambda: services.undo(found, by=by, at=now, request=request),
        done=_("The import is being undone."),
    )  # fmt: skip


@get_or_post
@may_import
def bank_file_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then give the import up."""
    return pages.discard(request, get_object_or_404(BankFile, pk=pk), by=scope_of(request).user)


@get_or_post
@may_import
def bank_file_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then queue work that was given up once more."""
    return pages.go_on(request, get_object_or_404(BankFile, pk=pk), by=scope_of(request).user)


@get_or_post
@may_import
def bank_file_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end work that does not come to its end."""
    return pages.stop(request, get_object_or_404(BankFile, pk=pk), by=scope_of(request).user)
