"""Reports of service orders."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.sheets.downloads import download
from portal.ui import lists
from portal.ui.pages import KeysetPage, query_string
from tickets.forms.reports import ReportFilter
from tickets.models import Ticket
from tickets.services import queue_sheet, report_sheets
from tickets.services.numbers import ZONE
from tickets.services.queues import departments_of
from tickets.services.reports import Figures, Report, report_of

REPORT = "tickets.report_ticket"
NOTHING = "–"
EXPORTS = [
    lists.Export(gettext_lazy("Orders with their fields (XLSX)"), "tickets:report_orders_xlsx",
                 "file-earmark-spreadsheet"),
    lists.Export(gettext_lazy("Orders with their fields (CSV)"), "tickets:report_orders_csv", "file-earmark-text"),
]  # fmt: skip


@staff_required(REPORT)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    report = _report(form) if form.is_valid() else None
    nothing: KeysetPage[Any] = KeysetPage(rows=[], next="", previous="")
    page = lists.page_shown(
        request, nothing, title=_("Reports"), columns=(), figures=lists.Figures(0), form=form,
        exports=EXPORTS,
    )  # fmt: skip
    context = {"page": page, "report": report and _shown(request, form, report)}
    return render(request, "tickets/desk/reports.html", context)


@staff_required(REPORT)
@require_safe
def figures(request: HttpRequest, extension: str) -> HttpResponseBase:
    """One table of the report, ``?by=`` its name."""
    form = _form(request)
    if not form.is_valid():
        return _back(request)
    report = _report(form)
    table = report.table(request.GET.get("by", "month"))
    if table is None:
        raise Http404
    columns = report_sheets.figure_columns(table)
    rows = report_sheets.figure_rows(table, report.total)
    name = f"relatorio-os-{table.name}.{extension}"
    return download(columns, rows, name=name, title=table.title)


@staff_required(REPORT)
@require_safe
def orders(request: HttpRequest, extension: str) -> HttpResponseBase:
    """The orders opened in the period, with the fields of their topics."""
    form = _form(request)
    if not form.is_valid():
        return _back(request)
    values, departments = form.cleaned_data, form.chosen_departments
    visible = Ticket.objects.visible_to(scope_of(request).user, at=timezone.now())
    try:
        found = report_sheets.orders_of(visible, departments, values["since"], values["until"])
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect(_page(request))
    columns = queue_sheet.columns_for(found, None)
    rows = queue_sheet.rows_of(found, columns, ("-created_at", "-pk"))
    if request.method == "GET":
        rows_sent = found.order_by().count()
        queue_sheet.note_export(request, rows=rows_sent, queue="reports", extension=extension)
    return download(columns, rows, name=f"ordens-de-servico.{extension}", title=_("Service orders"))


def _form(request: HttpRequest) -> ReportFilter:
    departments = departments_of(scope_of(request).user)
    today = timezone.now().astimezone(ZONE).date()
    return ReportFilter(request.GET, departments=departments, today=today)


def _report(form: ReportFilter) -> Report:
    values = form.cleaned_data
    return report_of(form.chosen_departments, values["since"], values["until"])


def _page(request: HttpRequest) -> str:
    return reverse("tickets:reports") + query_string(request.GET, by=None)


def _back(request: HttpRequest) -> HttpResponseBase:
    """The page says at each field what is wrong."""
    return redirect(_page(request))


def _shown(request: HttpRequest, form: ReportFilter, report: Report) -> dict[str, Any]:
    """The report as the template draws it: texts, and what each chart shows."""
    values = form.cleaned_data
    tables = [
        {
            "title": table.title, "head": table.head, "name": table.name,
            "rows": [_line(label, figures) for label, figures in table.lines],
            "files": [
                (label, reverse(name) + query_string(request.GET, by=table.name))
                for label, name in (
                    ("CSV", "tickets:report_figures_csv"), ("XLSX", "tickets:report_figures_xlsx"),
                )
            ],
        }
        for table in report.tables
    ]  # fmt: skip
    return {
        "since": values["since"], "until": values["until"], "tables": tables,
        "total": _line(_("Total"), report.total), "any": report.total.day.year > 1,
        "charts": [
            (_("Orders opened"), _bars(report, lambda part: part.opened)),
            (_("Orders finished"), _bars(report, lambda part: part.closed)),
            (_("Open at the end"), _bars(report, lambda part: part.backlog)),
        ],
    }  # fmt: skip


def _bars(report: Report, value: Callable[[Figures], int]) -> list[dict[str, Any]]:
    return [
        {"label": label, "value": value(part), "text": number_format(value(part), force_grouping=True)}
        for label, part in report.parts
    ]  # fmt: skip


def _line(label: str, figures: Figures) -> dict[str, Any]:
    """What a person reads of the figures."""
    return {
        "label": label, "opened": figures.opened, "closed": figures.closed,
        "backlog": figures.backlog, "first": _span(figures.first_median),
        "first_more": _more(figures.first_most, figures.first_kept),
        "resolve": _span(figures.resolve_median),
        "resolve_more": _more(figures.resolve_most, figures.resolve_kept),
        "rated": figures.rated,
        "satisfaction": report_sheets.satisfaction_text(figures) or NOTHING,
    }  # fmt: skip


def _span(seconds: int | None) -> str:
    """``45 min``, ``3 h 05 min``."""
    if seconds is None:
        return NOTHING
    hours, minutes = divmod(-(-seconds // 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _more(most: int | None, kept: int | None) -> str:
    """``90%: 3 h 05 min · no prazo: 87%``."""
    parts = [] if most is None else [_("90%%: %(time)s") % {"time": _span(most)}]
    parts += [] if kept is None else [_("in time: %(percent)d%%") % {"percent": kept}]
    return " · ".join(parts)
