"""\"Relatórios Faturamento\" and \"Relatórios em Anexo\": unit, period, Selecionar."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from invoices.forms.filters import DocumentFilter, describe
from invoices.models import DocumentType
from invoices.services.listing import ORDER, Scope, Selection, months_of, rows, select
from invoices.views.requests import scope_for
from invoices.views.rows import prepare
from portal.periods import format_period
from portal.ui.pages import KeysetPage, keyset_page
from portal.ui.templatetags.ui import query_string

Kind = DocumentType.Kind


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    return _list(request, Kind.INVOICE, "invoices/list.html")


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    return _list(request, Kind.REPORT, "invoices/reports.html")


def _list(request: HttpRequest, kind: str, template: str) -> HttpResponse:
    scope = scope_for(request)
    form = DocumentFilter(request.GET, scope=scope, kind=kind)
    valid = form.is_valid()
    # The newest month is asked for anew whenever it decides what is shown.
    fresh = not form.cleaned_data.get("period")
    months = months_of(scope, kind, unit=form.cleaned_data.get("unit"), fresh=fresh)
    context = {"form": form, "kind": kind, "months": months, "no_units": scope.units == ()}
    context["month_links"] = _month_links(request, months)
    if valid:
        context |= _found(request, scope, form.selection(default=months[0] if months else None))
    return render(request, template, context)


def _month_links(request: HttpRequest, months: list[date]) -> list[tuple[str, str]]:
    """Each month, ``mm/aaaa``, and the address of the same list of that month."""
    texts = map(format_period, months)
    return [
        (text, query_string(request.GET, period=text, until=None, cursor=None)) for text in texts
    ]


def _found(request: HttpRequest, scope: Scope, selection: Selection) -> dict[str, Any]:
    """The page of documents of a valid selection."""
    page: KeysetPage[Any] = keyset_page(
        rows(select(scope, selection), scope.user),
        order=ORDER,
        cursor=request.GET.get("cursor", ""),
    )
    found = prepare(
        page.rows,
        timezone.localdate(scope.at),
        mark_new=not scope.user.is_staff,
        invoices=selection.kind == Kind.INVOICE,
    )
    return {
        "page": page,
        "rows": found,
        "rows_html": mark_safe("".join(row["html"] for row in found)),  # noqa: S308
        "selected": describe(selection),
        "first": selection.first and format_period(selection.first),
    }
